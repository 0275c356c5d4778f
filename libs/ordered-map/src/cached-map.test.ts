import type { OrderedMap } from '@holdfast/contracts';
import { deferred, latin1, utf8 } from '@holdfast/kernel';
import { expect, test } from 'vitest';
import { cachedMap } from './cached-map.ts';
import { memoryMap } from './memory-map.ts';

const LIMITS = { cachedEntries: 4, cachedValueBytes: 8 };
const KEY = utf8('key');

/** A cache over a map that notes which keys it is asked for. */
function noting(): { map: OrderedMap; below: OrderedMap; asked: string[] } {
  const below = memoryMap();
  const asked: string[] = [];
  const get = below.get.bind(below);
  below.get = (key) => {
    asked.push(latin1(key));
    return get(key);
  };
  return { map: cachedMap(below, LIMITS), below, asked };
}

test('what was read is at hand, until it is changed', async () => {
  const { map, asked } = noting();
  await map.apply([{ key: KEY, value: utf8('first') }]);
  await map.get(KEY);
  expect(await map.get(KEY)).toEqual(utf8('first'));
  expect(asked).toHaveLength(1);
  await map.apply([{ key: KEY, value: utf8('second') }]);
  expect(await map.get(KEY)).toEqual(utf8('second'));
  await map.clear();
  expect(await map.get(KEY)).toBeUndefined();
});

test('what is read while it is replaced is not kept', async () => {
  const { map, below } = noting();
  await map.apply([{ key: KEY, value: utf8('first') }]);
  const slow = deferred<void>();
  const apply = below.apply.bind(below);
  below.apply = async (changes) => {
    await slow.promise;
    await apply(changes);
  };
  const applied = map.apply([{ key: KEY, value: utf8('second') }]);
  expect(await map.get(KEY)).toEqual(utf8('first'));
  slow.resolve();
  await applied;
  expect(await map.get(KEY)).toEqual(utf8('second'));
});

// fills ORDERED_MAP_LIMITS.cachedEntries
test('what is read often stays, what is read once makes room', async () => {
  const { map, asked } = noting();
  const others = Array.from({ length: 10 }, (_, i) => utf8(`other ${i}`));
  await map.apply([KEY, ...others].map((key) => ({ key, value: utf8('value') })));
  for (const key of others) {
    await map.get(KEY);
    await map.get(key);
  }
  expect(asked.filter((key) => key === 'key')).toHaveLength(1);
  asked.length = 0;
  for (const key of others) await map.get(key);
  expect(asked.length).toBeGreaterThanOrEqual(others.length - LIMITS.cachedEntries);
});

// fills ORDERED_MAP_LIMITS.cachedValueBytes
test('long values are not kept', async () => {
  const { map, asked } = noting();
  const value = new Uint8Array(LIMITS.cachedValueBytes + 1);
  await map.apply([{ key: KEY, value }]);
  await map.get(KEY);
  await map.get(KEY);
  expect(asked).toHaveLength(2);
});
