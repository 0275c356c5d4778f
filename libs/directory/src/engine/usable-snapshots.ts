import type { Journal, SnapshotStamp, Snapshots } from '@holdfast/contracts';
import { equalBytes } from '@holdfast/kernel';

/** The snapshots that a journal continues and makes whole, the newest first. */
export async function usableSnapshots(
  snapshots: Pick<Snapshots, 'all'> | undefined,
  journal: Pick<Journal, 'tail' | 'hashOf'>,
): Promise<SnapshotStamp[]> {
  const usable: SnapshotStamp[] = [];
  for (const stamp of snapshots?.all.toReversed() ?? []) {
    if (stamp.upTo > journal.tail.number) continue;
    const hash = await journal.hashOf(stamp.base.number);
    if (hash && equalBytes(hash, stamp.base.hash)) usable.push(stamp);
  }
  return usable;
}
