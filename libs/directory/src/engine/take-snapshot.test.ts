import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { tableKey } from './keys.ts';
import { ENGINE_LIMITS } from './limits.ts';
import { MapKeeper } from './map-keeper.ts';
import { takeSnapshot } from './take-snapshot.ts';
import { texts } from './testing/engine-scene.ts';
import { MemorySnapshots } from './testing/memory-snapshots.ts';
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
  const taking = takeSnapshot({ map, keeper: new MapKeeper(map, {}), snapshots, clock, signal });
  const stamp = await clock.run(taking);
  const each = Math.ceil(ENGINE_LIMITS.snapshotPieceBytes / (valueBytes + 10));
  expect(stamp.pieces).toBe(Math.ceil(names.length / each));
  for (let index = 0; index < stamp.pieces; index++) {
    const piece = await snapshots.read(stamp, index);
    expect(piece.length).toBeLessThan(ENGINE_LIMITS.snapshotPieceBytes + 1.1 * valueBytes);
  }
});
