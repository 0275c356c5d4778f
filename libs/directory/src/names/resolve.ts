import type { ReadTransaction } from '@holdfast/contracts';
import { type Dentry, dentries } from '../tables/dentries.ts';
import { missingParent, notAFolder, notFound } from './name-errors.ts';
import { type Path, pathOf } from './path.ts';
import { ADMINISTRATOR, ROOT_ID } from './well-known.ts';

/** Where a path leads: a folder that is there, and a name in it that may be there. */
export interface Target {
  readonly path: Path;
  readonly folder: string;
  readonly name: string;
  readonly dentry: Dentry | undefined;
  /** The ids of all folders above, from the root on. */
  readonly ancestors: readonly string[];
}

const ROOT: Dentry = {
  kind: 'folder',
  id: ROOT_ID,
  sizeBytes: 0,
  version: 0,
  mode: 0o755,
  modifiedMs: 0,
  committedMs: 0,
  owner: ADMINISTRATOR,
  wanted: 0,
  confirmed: 0,
};

/** Follows a path to its last name. The root is its own folder, under an empty name. */
export async function resolve(tx: ReadTransaction, path: Path): Promise<Target> {
  const ancestors: string[] = [ROOT_ID];
  let folder: string = ROOT_ID;
  const { names } = path;
  for (const [depth, name] of names.entries()) {
    const dentry = await tx.get(dentries, folder, name);
    if (depth === names.length - 1) return { path, folder, name, dentry, ancestors };
    if (!dentry) throw missingParent(path, pathOf(names.slice(0, depth + 1)));
    if (dentry.kind !== 'folder') throw notAFolder(path, pathOf(names.slice(0, depth + 1)));
    folder = dentry.id;
    ancestors.push(folder);
  }
  return { path, folder, name: '', dentry: ROOT, ancestors };
}

/** The entry at a path; `not-found` if there is none. */
export async function resolveEntry(
  tx: ReadTransaction,
  path: Path,
): Promise<Target & { readonly dentry: Dentry }> {
  const target = await resolve(tx, path);
  const { dentry } = target;
  if (!dentry) throw notFound(path);
  return { ...target, dentry };
}
