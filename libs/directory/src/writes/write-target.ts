import type { FileId, ReadTransaction, StoreId, WriteOptions } from '@holdfast/contracts';
import type { Caller } from '../caller.ts';
import type { FilePlacement, Holder } from '../directory.ts';
import { requireRight } from '../names/access.ts';
import {
  alreadyExists,
  chosenStoreLeft,
  isAFolder,
  movedAway,
  versionConflict,
} from '../names/name-errors.ts';
import type { Path } from '../names/path.ts';
import { type Target, resolve } from '../names/resolve.ts';
import { generationOf } from '../stores/stores.ts';
import { type FileRecord, files } from '../tables/files.ts';

/** Where a write would go: a folder that is there, and in it no entry or a file. */
export async function resolveForWrite(
  tx: ReadTransaction,
  path: Path,
  caller: Caller,
): Promise<Target> {
  requireRight(caller, path, 'content');
  const target = await resolve(tx, path);
  const { dentry } = target;
  if (dentry?.kind === 'folder') throw isAFolder(path);
  if (dentry?.kind === 'link') {
    throw alreadyExists(path, 'link', 'Write to what it points to, or remove it first.');
  }
  return target;
}

export function checkVersion({ path, dentry }: Target, { ifVersion }: WriteOptions): void {
  const found = dentry?.version ?? 0;
  if (ifVersion !== undefined && ifVersion !== found) throw versionConflict(path, ifVersion, found);
}

export interface PlacedWrite {
  readonly file: FileId;
  readonly placement: FilePlacement;
  readonly options: WriteOptions;
}

/**
 * The record that a write of `file` to `target` continues; with `placement` for a new file, and where
 * the writer asks for another number of copies than it has.
 * `version-conflict` if the file has a name elsewhere, or had one and lost it: its bytes are on
 * stores under its id, so they cannot become another file's.
 */
export async function recordForWrite(
  tx: ReadTransaction,
  target: Target,
  { file, placement, options }: PlacedWrite,
): Promise<FileRecord> {
  const record = await tx.get(files, file);
  if (record?.current && target.dentry?.id !== file) throw movedAway(target.path);
  if (!record) return { place: { in: 'nowhere' }, placement };
  return isPlacedAnew(record, options) ? { ...record, placement } : record;
}

/** Whether a write gives a file other stores, since its writer asks for another number of copies. */
export function isPlacedAnew({ current, placement }: FileRecord, options: WriteOptions): boolean {
  return current !== undefined && (options.copies ?? placement.copies) !== placement.copies;
}

/**
 * A new file may name a store that left, or is about to, since it was chosen: nothing would ever take
 * it out of the placement. `known` need not be looked up.
 */
export async function requireChosenStores(
  tx: ReadTransaction,
  path: Path,
  {
    chosen,
    known = [],
  }: { readonly chosen: readonly StoreId[]; readonly known?: readonly Holder[] },
): Promise<void> {
  for (const store of chosen) {
    if (known.some((holder) => holder.store === store)) continue;
    if ((await generationOf(tx, store)) === undefined) throw chosenStoreLeft(path);
  }
}
