import type { ChunkId, StoreId } from '@holdfast/contracts';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { Strays } from './strays.ts';

const [one, two] = ['store-1', 'store-2'] as [StoreId, StoreId];
const chunk = (number: number): ChunkId => ({ file: 'file', hash: `${number}` }) as ChunkId;

test('a chunk of a failed write waits for each live store by itself', () => {
  const strays = new Strays(() => [{ store: one }, { store: two }]);
  strays.noteEverywhere(chunk(1));
  strays.noteEverywhere(chunk(2));
  strays.forget(one, [chunk(1)]);
  expect(strays.on(one)).toEqual([chunk(2)]);
  expect(strays.on(two)).toEqual([chunk(1), chunk(2)]);
});

// fills REPLICATION_LIMITS.strayChunks
test('no more of them are remembered than the limit says, and then the store is looked through', () => {
  const strays = new Strays(() => []);
  for (let i = 0; i < LIMITS.strayChunks; i++) strays.note(one, [chunk(i)]);
  expect(strays.hasUnnoted(one)).toBe(false);
  strays.note(one, [chunk(LIMITS.strayChunks)]);
  expect(strays.on(one)).toHaveLength(LIMITS.strayChunks);
  expect(strays.hasUnnoted(one)).toBe(true);
  strays.lookingThrough(one);
  expect(strays.hasUnnoted(one)).toBe(false);
});
