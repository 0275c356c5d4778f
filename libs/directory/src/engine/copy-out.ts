import { HoldfastError, type Journal, type Snapshots } from '@holdfast/contracts';
import { ENGINE_LIMITS } from './limits.ts';
import { usableSnapshots } from './usable-snapshots.ts';

export interface CopyTarget {
  /** Empty. */
  readonly journal: Journal;
  readonly snapshots: Snapshots;
}

export interface CopySource {
  readonly journal: Journal;
  readonly snapshots?: Snapshots | undefined;
  /** The number of the last record that is wanted. */
  readonly upTo: number;
}

/**
 * Copies the directory as it was at one commit, while others go on: the newest snapshot, if the journal
 * needs one, and the records behind it.
 */
export async function copyOut(
  { journal, snapshots, upTo }: CopySource,
  target: CopyTarget,
): Promise<void> {
  if (journal.first > 1) {
    const [stamp] = await usableSnapshots(snapshots, journal);
    if (!stamp || !snapshots) {
      throw new HoldfastError('damaged', 'The journal lacks its beginning, and has no snapshot.');
    }
    await target.snapshots.begin(stamp.base);
    for (let index = 0; index < stamp.pieces; index++) {
      await target.snapshots.add(index, await snapshots.read(stamp, index));
    }
    await target.snapshots.finish(stamp);
    await target.journal.reset(stamp.base);
  }
  for (let { number } = target.journal.tail; number < upTo; { number } = target.journal.tail) {
    const records = await journal.read(number + 1, ENGINE_LIMITS.readBytes);
    await target.journal.append(records.filter((record) => record.number <= upTo));
  }
}
