import { type CallContext, HoldfastError } from '@holdfast/contracts';
import { type Caller, callerOf } from '../caller.ts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import type { DirectoryParts } from '../parts.ts';
import { type Dentry, dentries } from '../tables/dentries.ts';
import { maySee, requireRight, seesPart } from './access.ts';
import { type Path, parsePath, pathOf } from './path.ts';
import { resolveEntry } from './resolve.ts';

export interface Usage {
  files: number;
  folders: number;
  sizeBytes: number;
}

/** A folder that is still to be counted. */
interface Pending {
  readonly id: string;
  /** Set where the caller sees only some of its entries. */
  readonly partly: Path | undefined;
}

/**
 * Counts what is below a path, page by page: what changes meanwhile may be counted or not. Folders
 * near the root that the caller may not enter are left out.
 */
export async function usage(
  parts: DirectoryParts,
  params: { path: string },
  context: CallContext,
  mostFolders: number = DIRECTORY_LIMITS.usageFolders,
): Promise<Usage> {
  const path = parsePath(params.path);
  const caller = callerOf(context);
  const start = await parts.runner.query(async (tx) => {
    requireRight(caller, path, 'see');
    return (await resolveEntry(tx, path)).dentry;
  });
  if (start.kind === 'file') return { files: 1, folders: 0, sizeBytes: start.sizeBytes };
  const total: Usage = { files: 0, folders: 0, sizeBytes: 0 };
  const pending: Pending[] = start.kind === 'folder' ? [toCount(caller, start, path)] : [];
  for (let next = pending.pop(); next; next = pending.pop()) {
    await countFolder(parts, next, (name, dentry) => {
      const path = next.partly && pathOf([...next.partly.names, name]);
      if (next.partly && !maySee(caller, next.partly, name)) return;
      if (dentry.kind === 'folder') {
        if (pending.length === mostFolders) throw tooMany(params.path);
        pending.push(toCount(caller, dentry, path));
      }
      if (dentry.kind === 'folder') total.folders++;
      if (dentry.kind === 'file') total.files++;
      total.sizeBytes += dentry.sizeBytes;
    });
    context.signal.throwIfAborted();
  }
  return total;
}

function toCount(caller: Caller, dentry: Dentry, path: Path | undefined): Pending {
  return { id: dentry.id, partly: path && seesPart(caller, path) ? path : undefined };
}

async function countFolder(
  { runner }: DirectoryParts,
  folder: Pending,
  count: (name: string, dentry: Dentry) => void,
): Promise<void> {
  const limit = DIRECTORY_LIMITS.walkEntries;
  for (let after: readonly [string, string] | undefined; ;) {
    const range = { prefix: [folder.id], limit, ...(after && { after }) };
    const rows = await runner.query((tx) => tx.range(dentries, range));
    for (const { key, value } of rows) count(key[1], value);
    if (rows.length < limit) return;
    after = rows.at(-1)?.key;
  }
}

function tooMany(path: string): HoldfastError {
  return new HoldfastError(
    'limit-exceeded',
    `There are too many folders below ${path} to count at once. Ask for its parts.`,
  );
}
