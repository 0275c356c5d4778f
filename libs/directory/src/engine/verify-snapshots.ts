import { type SnapshotStamp, type Snapshots, isHoldfastError } from '@holdfast/contracts';

/** A snapshot that is not whole, and what is wrong with it, as a sentence. */
export interface DamagedSnapshot {
  readonly stamp: SnapshotStamp;
  readonly damage: string;
}

/** Re-reads all snapshots on a disk. `onRead` is told of each piece, and may take its time. */
export async function verifySnapshots(
  snapshots: Snapshots,
  onRead: (bytes: number) => Promise<void>,
): Promise<readonly DamagedSnapshot[]> {
  const damaged: DamagedSnapshot[] = [];
  for (const stamp of snapshots.all) {
    try {
      await snapshots.verifyStamp(stamp);
      for (let index = 0; index < stamp.pieces; index++) {
        await onRead((await snapshots.read(stamp, index)).length);
      }
    } catch (error) {
      if (isHoldfastError(error, 'damaged')) damaged.push({ stamp, damage: error.message });
      // One that is gone gave way to a newer one meanwhile.
      else if (!isHoldfastError(error, 'not-found')) throw error;
    }
  }
  return damaged;
}
