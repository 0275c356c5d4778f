import type { CallContext, Entry, FileId, WriteTransaction } from '@holdfast/contracts';
import { randomHex } from '@holdfast/kernel';
import { type Caller, callerOf } from '../caller.ts';
import { COUNTERS } from '../counters.ts';
import type { DirectoryParts } from '../parts.ts';
import { type Dentry, dentries, toEntry } from '../tables/dentries.ts';
import { folders } from '../tables/folders.ts';
import { requireRight } from './access.ts';
import { alreadyExists, notAFolder } from './name-errors.ts';
import { type Path, parsePath, pathOf } from './path.ts';
import { resolve } from './resolve.ts';

export interface MakeFolderParams {
  readonly path: string;
  readonly parents: boolean;
  readonly mode?: number | undefined;
  readonly modifiedMs?: number | undefined;
}

const DEFAULT_MODE = 0o755;

/** Makes a folder; with `parents` also those above it, all in one commit. */
export async function makeFolder(
  { runner, random }: DirectoryParts,
  params: MakeFolderParams,
  context: CallContext,
): Promise<{ entry: Entry }> {
  const path = parsePath(params.path);
  const caller = callerOf(context);
  const ids = path.names.map(() => randomHex(random, 16) as FileId);
  return await runner.transact(async (tx) => {
    requireRight(caller, path, params.parents ? 'see' : 'content');
    const first = params.parents ? Math.min(1, path.names.length) : path.names.length;
    for (let depth = first; depth < path.names.length; depth++) {
      await ensureFolder(tx, {
        path: pathOf(path.names.slice(0, depth)),
        caller,
        id: ids[depth - 1],
      });
    }
    const target = await resolve(tx, path);
    if (target.dentry) {
      if (params.parents && target.dentry.kind === 'folder') {
        return { entry: toEntry(target.name, target.dentry) };
      }
      throw alreadyExists(path, target.dentry.kind, 'Choose another name, or remove it first.');
    }
    requireRight(caller, path, 'content');
    const id = ids.at(-1) ?? ('' as FileId);
    const { mode, modifiedMs } = params;
    const dentry = putFolder(tx, target, { id, owner: caller.user, mode, modifiedMs });
    return { entry: toEntry(target.name, dentry) };
  }, context.call);
}

async function ensureFolder(
  tx: WriteTransaction,
  { path, caller, id }: { path: Path; caller: Caller; id: FileId | undefined },
): Promise<void> {
  const target = await resolve(tx, path);
  if (target.dentry) {
    if (target.dentry.kind !== 'folder') throw notAFolder(path, path);
    return;
  }
  requireRight(caller, path, 'content');
  putFolder(tx, target, { id: id ?? ('' as FileId), owner: caller.user });
}

/** Writes a new, empty folder. */
export function putFolder(
  tx: WriteTransaction,
  target: { readonly folder: string; readonly name: string },
  options: {
    readonly id: FileId;
    readonly owner: string;
    readonly mode?: number | undefined;
    readonly modifiedMs?: number | undefined;
  },
): Dentry {
  const dentry: Dentry = {
    kind: 'folder',
    id: options.id,
    sizeBytes: 0,
    version: 0,
    mode: options.mode ?? DEFAULT_MODE,
    modifiedMs: options.modifiedMs ?? tx.nowMs,
    committedMs: tx.nowMs,
    owner: options.owner,
    wanted: 0,
    confirmed: 0,
  };
  const { folder, name } = target;
  tx.put(dentries, dentry, folder, name);
  tx.put(folders, { in: 'folder', folder, name }, options.id);
  tx.add(COUNTERS.folders, 1);
  return dentry;
}
