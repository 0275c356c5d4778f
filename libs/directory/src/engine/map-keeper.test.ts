import { EMPTY_TAIL } from '@holdfast/contracts';
import { recordsAfter } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { ENGINE_LIMITS } from './limits.ts';
import { MapKeeper } from './map-keeper.ts';
import { plainHasher } from './testing/plain-hasher.ts';
import { SmallMap } from './testing/small-map.ts';
import { WriteSet } from './write-set.ts';

// fills ENGINE_LIMITS.unpersistedBytes
test('the map is persisted each time that so many bytes were put into it', async () => {
  const map = new SmallMap();
  let persisted = 0;
  map.persist = async () => void persisted++;
  const keeper = new MapKeeper(map, {});
  const payload = new Uint8Array(ENGINE_LIMITS.unpersistedBytes / 8);
  const counts: number[] = [];
  for (const record of recordsAfter(plainHasher, EMPTY_TAIL, 17, () => 0)) {
    const commit = { timeMs: 0, changes: new WriteSet(), record: { ...record, payload } };
    await keeper.put([commit], new Map());
    counts.push(persisted);
  }
  expect(counts.indexOf(1)).toBe(7);
  expect(counts.indexOf(2)).toBe(15);
});
