import { type CallContext, HoldfastError, type WriteTransaction } from '@holdfast/contracts';
import { callerOf } from '../caller.ts';
import { COUNTERS, binCounter } from '../counters.ts';
import type { DirectoryParts } from '../parts.ts';
import { tasks } from '../tables/tasks.ts';
import { type TrashRecord, trash, trashAges, trashBins } from '../tables/trash.ts';
import { queuePurge } from './queue-purge.ts';

/**
 * Gives up one entry of the caller's trash, or all: then a new bin begins, and the old one is purged
 * step by step, so that the commit is small whatever was in it.
 */
export async function emptyTrash(
  { runner }: DirectoryParts,
  { id }: { readonly id?: string | undefined },
  context: CallContext,
): Promise<{ removed: number }> {
  const { user } = callerOf(context);
  return await runner.transact(
    async (tx) => {
      const bin = (await tx.get(trashBins, user)) ?? 0;
      if (id !== undefined) {
        const record = await requireInTrash(tx, { user, bin, id });
        takeFromTrash(tx, { user, bin, id }, record);
        queuePurge(tx, record.dentry);
        return { removed: 1 };
      }
      const removed = await tx.counter(binCounter(user, bin));
      if (removed === 0) return { removed };
      tx.put(trashBins, bin + 1, user);
      tx.put(tasks, { after: '' }, 'bin', user, String(bin));
      return { removed };
    },
    context.call,
    { frees: true },
  );
}

export interface TrashKey {
  readonly user: string;
  readonly bin: number;
  readonly id: string;
}

/** The entry, or `not-found`. */
export async function requireInTrash(
  tx: WriteTransaction,
  { user, bin, id }: TrashKey,
): Promise<TrashRecord> {
  const record = await tx.get(trash, user, bin, id);
  if (record) return record;
  throw new HoldfastError(
    'not-found',
    `There is no entry ${JSON.stringify(id.slice(0, 80))} in your trash. Look at what is there with trash ls.`,
  );
}

/** Removes an entry of a user's present bin from the trash, but nothing behind it. */
export function takeFromTrash(
  tx: WriteTransaction,
  { user, bin, id }: TrashKey,
  { deletedMs }: TrashRecord,
): void {
  tx.delete(trash, user, bin, id);
  tx.delete(trashAges, deletedMs, user, bin, id);
  tx.add(COUNTERS.trashEntries, -1);
  tx.add(binCounter(user, bin), -1);
}
