import { type CallContext, HoldfastError, type ReadTransaction } from '@holdfast/contracts';
import { callerOf } from '../caller.ts';
import type { DirectoryParts } from '../parts.ts';
import { dentries } from '../tables/dentries.ts';
import { moveToTrash } from '../trash/move-to-trash.ts';
import { requireRight } from './access.ts';
import { permanentFolder, versionConflict } from './name-errors.ts';
import { type Path, parsePath } from './path.ts';
import { isHomeOf, isPermanent } from './permanent.ts';
import { resolveEntry } from './resolve.ts';

export interface RemoveParams {
  readonly path: string;
  readonly recursive: boolean;
  readonly ifVersion?: number | undefined;
}

/** Moves an entry to the caller's trash: one small commit, whatever is below it. */
export async function remove(
  { runner }: DirectoryParts,
  params: RemoveParams,
  context: CallContext,
): Promise<{ trashId: string }> {
  const path = parsePath(params.path);
  const caller = callerOf(context);
  return await runner.transact(
    async (tx) => {
      requireRight(caller, path, 'content');
      if (isPermanent(path) || isHomeOf(path, caller.user)) throw permanentFolder(path);
      const target = await resolveEntry(tx, path);
      const { dentry } = target;
      if (params.ifVersion !== undefined && params.ifVersion !== dentry.version) {
        throw versionConflict(path, params.ifVersion, dentry.version);
      }
      if (dentry.kind === 'folder' && !params.recursive) await requireEmpty(tx, dentry.id, path);
      return { trashId: await moveToTrash(tx, target, caller) };
    },
    context.call,
    { frees: true },
  );
}

async function requireEmpty(tx: ReadTransaction, folder: string, path: Path): Promise<void> {
  const inside = await tx.range(dentries, { prefix: [folder], limit: 1 });
  if (inside.length === 0) return;
  throw new HoldfastError(
    'not-empty',
    `The folder ${path.text} is not empty. Remove it with what is in it (rm -r), or empty it first.`,
    { details: { path: path.text } },
  );
}
