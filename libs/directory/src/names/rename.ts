import { type CallContext, type Entry, HoldfastError } from '@holdfast/contracts';
import { callerOf } from '../caller.ts';
import type { DirectoryParts } from '../parts.ts';
import { type Dentry, dentries, toEntry } from '../tables/dentries.ts';
import { moveToTrash } from '../trash/move-to-trash.ts';
import { requireRight } from './access.ts';
import { alreadyExists, permanentFolder } from './name-errors.ts';
import { type Path, isWithin, parsePath } from './path.ts';
import { isHomeOf, isPermanent } from './permanent.ts';
import { putPlace } from './put-place.ts';
import { type Target, resolve, resolveEntry } from './resolve.ts';

export interface RenameParams {
  readonly from: string;
  readonly to: string;
  readonly replace: boolean;
}

/**
 * Moves an entry: old name, new name and its own record, whatever is below it. What a file replaces
 * goes to the caller's trash.
 */
export async function rename(
  { runner }: DirectoryParts,
  params: RenameParams,
  context: CallContext,
): Promise<{ entry: Entry }> {
  const from = parsePath(params.from);
  const to = parsePath(params.to);
  const caller = callerOf(context);
  return await runner.transact(async (tx) => {
    requireRight(caller, from, 'content');
    requireRight(caller, to, 'content');
    if (isPermanent(from) || isHomeOf(from, caller.user)) throw permanentFolder(from);
    const source = await resolveEntry(tx, from);
    if (from.text === to.text) return { entry: toEntry(source.name, source.dentry) };
    if (source.dentry.kind === 'folder' && isWithin(to, from)) throw intoItself(from, to);
    const target = await resolve(tx, to);
    // The names say so already; the ids are what must never form a cycle.
    if (target.ancestors.includes(source.dentry.id)) throw intoItself(from, to);
    if (target.dentry) {
      checkReplace(source.dentry, target.dentry, { to, replace: params.replace });
      await moveToTrash(tx, { ...target, dentry: target.dentry }, caller);
    }
    tx.delete(dentries, source.folder, source.name);
    tx.put(dentries, source.dentry, target.folder, target.name);
    await putPlace(tx, source.dentry, placeOf(target));
    return { entry: toEntry(target.name, source.dentry) };
  }, context.call);
}

function placeOf({ folder, name }: Target): { in: 'folder'; folder: string; name: string } {
  return { in: 'folder', folder, name };
}

function checkReplace(
  source: Dentry,
  existing: Dentry,
  { to, replace }: { to: Path; replace: boolean },
): void {
  if (existing.kind === 'folder') {
    throw alreadyExists(to, 'folder', 'A folder is never replaced: name a path inside it.');
  }
  if (source.kind === 'folder') {
    throw alreadyExists(to, existing.kind, 'A folder cannot replace it: choose another name.');
  }
  if (!replace)
    throw alreadyExists(to, existing.kind, 'Ask to replace it, or choose another name.');
}

function intoItself(from: Path, to: Path): HoldfastError {
  return new HoldfastError(
    'invalid-argument',
    `The folder ${from.text} cannot be moved to ${to.text}, which is inside it. Choose a place outside.`,
    { details: { from: from.text, to: to.text } },
  );
}
