import { HoldfastError } from '@holdfast/contracts';
import type { Caller } from '../caller.ts';
import { type Path, parentOf, pathOf } from './path.ts';
import { HOME_NAME, SHARED_NAME } from './well-known.ts';

/**
 * What one may do with a path. `see`: stat, list, read. `attributes`: change mode, time or owner of
 * the entry itself. `content`: write the file, make, move or remove the entry.
 */
export type Right = 'see' | 'attributes' | 'content';

/**
 * The one access check (§P9), made inside every transaction before anything is looked up, so that a
 * refusal tells nothing about what is there. A home is its user's alone, `/shared` is everybody's,
 * the administrator may do everything. Grants will widen this here.
 */
export function requireRight(caller: Caller, path: Path, right: Right): void {
  if (caller.admin || hasRight(caller, path, right)) return;
  const { text } = path;
  if (right === 'see') {
    throw refused(`${caller.user} may not see ${text}. Ask its owner or the administrator.`);
  }
  throw refused(
    `${caller.user} may not change ${text}. Work below /home/${caller.user} or /shared, or ask the administrator.`,
  );
}

/** Whether `caller` may see the entry `name` of `folder` in a listing. */
export function maySee(caller: Caller, folder: Path, name: string): boolean {
  return caller.admin || hasRight(caller, pathOf([...folder.names, name]), 'see');
}

/** Whether a listing of `folder` shows only some of its entries to `caller`. */
export function seesPart(caller: Caller, folder: Path): boolean {
  const [area] = folder.names;
  return !caller.admin && (area === undefined || (area === HOME_NAME && folder.names.length === 1));
}

function hasRight(caller: Caller, path: Path, right: Right): boolean {
  const [area, name] = path.names;
  if (right === 'content') {
    const parent = parentOf(path);
    return parent !== undefined && mayChangeInside(caller, parent);
  }
  if (area === undefined) return right === 'see';
  if (area === SHARED_NAME) return right === 'see' || name !== undefined;
  if (area !== HOME_NAME) return false;
  return name === undefined ? right === 'see' : name === caller.user;
}

function mayChangeInside(caller: Caller, folder: Path): boolean {
  const [area, name] = folder.names;
  return area === SHARED_NAME || (area === HOME_NAME && name === caller.user);
}

function refused(message: string): HoldfastError {
  return new HoldfastError('forbidden', message);
}
