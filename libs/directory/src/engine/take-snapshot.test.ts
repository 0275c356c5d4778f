import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { tableKey } from './keys.ts';
import { ENGINE_LIMITS } from './limits.ts';
import { MapComparison } from './map-comparison.ts';
import { MapKeeper } from './map-keeper.ts';
import { takeSnapshot } from './take-snapshot.ts';
import { texts } from './testing/engine-scene.ts';
import { MemoryJournal } from './testing/memory-journal.ts';
import { MemorySnapshots } from './testing/memory-snapshots.ts';
import { plainHasher } from './testing/plain-hasher.ts';
import { SmallMap } from './testing/small-map.ts';

// fills ENGINE_LIMITS.snapshotPieceBytes
test('a snapshot is made of pieces, each of which only its last entry makes too large', async () => {
  const map = new SmallMap();
  const valueBytes = 100_000;
  const value = new Uint8Array(valueBytes);
  const names = Array.from({ length: 35 }, (_, i) => `${i}`);
  await map.apply(names.map((name) => ({ key: tableKey(texts, [name]), value })));
  const snapshots = new MemorySnapshots();
  const clock = simulatedClock();
  const { signal } = new AbortController();
  const keeper = new MapKeeper(map, {});
  const taking = takeSnapshot({
    ...{ map, keeper, snapshots, clock, signal },
    comparison: await comparisonWithNothing(),
  });
  const stamp = await clock.run(taking);
  const each = Math.ceil(ENGINE_LIMITS.snapshotPieceBytes / (valueBytes + 10));
  expect(stamp.pieces).toBe(Math.ceil(names.length / each));
  for (let index = 0; index < stamp.pieces; index++) {
    const piece = await snapshots.read(stamp, index);
    expect(piece.length).toBeLessThan(ENGINE_LIMITS.snapshotPieceBytes + 1.1 * valueBytes);
  }
});

/** The map is not compared where the journal lacks its beginning. */
async function comparisonWithNothing(): Promise<MapComparison> {
  const journal = new MemoryJournal(plainHasher);
  await journal.reset({ epoch: 1, number: 1, hash: new Uint8Array(32) });
  const pieces = new MemorySnapshots();
  return new MapComparison({ journal, pieces, stamp: undefined, onRead: async () => {} });
}
