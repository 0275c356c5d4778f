import {
  HoldfastError,
  type Journal,
  type SnapshotStamp,
  type Snapshots,
} from '@holdfast/contracts';
import type { JournalCopy } from './journal-copy.ts';
import { usableSnapshots } from './usable-snapshots.ts';

export interface ShippedSnapshot {
  readonly snapshots: Snapshots;
  readonly stamp: SnapshotStamp;
  readonly epoch: number;
  /** The store may forget records before this one, once it has all. */
  readonly keepFrom: number;
}

/** Copies a snapshot to a store, piece by piece; resolves when it is on stable storage there. */
export async function shipSnapshot(copy: JournalCopy, shipped: ShippedSnapshot): Promise<void> {
  const { snapshots, stamp, epoch, keepFrom } = shipped;
  await copy.beginSnapshot(epoch, stamp.base);
  for (let index = 0; index < stamp.pieces; index++) {
    await copy.addPiece(epoch, index, await snapshots.read(stamp, index));
  }
  await copy.finishSnapshot(epoch, stamp, keepFrom);
}

/**
 * A copy that ends before our journal begins gets a snapshot, and goes on from there. Resolves with
 * the number of the last record that the copy then has, or stands for.
 */
export async function bridgeGap(
  copy: JournalCopy,
  number: number,
  ports: { journal: Journal; snapshots: Snapshots | undefined; epoch: number },
): Promise<number> {
  const { journal, snapshots, epoch } = ports;
  if (number + 1 >= journal.first) return number;
  const [stamp] = await usableSnapshots(snapshots, journal);
  if (!stamp || !snapshots) {
    throw new HoldfastError(
      'damaged',
      `The journal here begins with record ${journal.first}, ${copy.name} has it up to ${number}, ` +
        'and there is no snapshot for what is between. Restart the frontend.',
    );
  }
  await shipSnapshot(copy, { snapshots, stamp, epoch, keepFrom: 0 });
  await copy.begin(epoch, stamp.base, { keep: false });
  return stamp.base.number;
}
