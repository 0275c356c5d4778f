import type { CallContext, Entry } from '@holdfast/contracts';
import { callerOf } from '../caller.ts';
import { requireRight } from '../names/access.ts';
import { alreadyExists } from '../names/name-errors.ts';
import { parsePath } from '../names/path.ts';
import { putPlace } from '../names/put-place.ts';
import { resolve } from '../names/resolve.ts';
import type { DirectoryParts } from '../parts.ts';
import { dentries, toEntry } from '../tables/dentries.ts';
import { trashBins } from '../tables/trash.ts';
import { requireInTrash, takeFromTrash } from './empty-trash.ts';

/** Brings an entry of the caller's trash back to where it was, or to `to`. */
export async function undelete(
  { runner }: DirectoryParts,
  params: { readonly id: string; readonly to?: string | undefined },
  context: CallContext,
): Promise<{ entry: Entry; path: string }> {
  const caller = callerOf(context);
  const { user } = caller;
  const { id } = params;
  return await runner.transact(async (tx) => {
    const bin = (await tx.get(trashBins, user)) ?? 0;
    const record = await requireInTrash(tx, { user, bin, id });
    const path = parsePath(params.to ?? record.path);
    requireRight(caller, path, 'content');
    const target = await resolve(tx, path);
    if (target.dentry) {
      throw alreadyExists(path, target.dentry.kind, 'Name another path to bring it back to.');
    }
    const { folder, name } = target;
    takeFromTrash(tx, { user, bin, id }, record);
    tx.put(dentries, record.dentry, folder, name);
    await putPlace(tx, record.dentry, { in: 'folder', folder, name });
    return { entry: toEntry(name, record.dentry), path: path.text };
  }, context.call);
}
