import type { MapChange } from '@holdfast/contracts';
import { deferred, fromUtf8, utf8 } from '@holdfast/kernel';
import { orderedMapSuite } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { type DecodingMap, decodingMap } from './decoding-map.ts';
import { KeyWrite } from './key-write.ts';
import { engineText, keyBytes, keyText, tableText } from './keys.ts';
import { texts } from './testing/engine-scene.ts';
import { SmallMap } from './testing/small-map.ts';

orderedMapSuite('decodingMap', async () => decodingMap(new SmallMap()));

const LIMITS = { keptBytes: 4_096, keptValueBytes: 8 };
const KEY = tableText(texts, ['key']);

/** Over a map that notes which keys it is asked for. */
function noting(): { map: DecodingMap; below: SmallMap; asked: string[]; decoded: () => number } {
  const below = new SmallMap();
  const asked: string[] = [];
  const get = below.get.bind(below);
  below.get = (key) => {
    asked.push(keyText(key));
    return get(key);
  };
  let count = 0;
  const map = decodingMap(below, LIMITS);
  const decode = (bytes: Uint8Array): unknown => {
    count++;
    return fromUtf8(bytes);
  };
  const read: DecodingMap['read'] = map.read.bind(map);
  map.read = <V>(text: string) => read(text, decode as (bytes: Uint8Array) => V);
  return { map, below, asked, decoded: () => count };
}

/** As replay and snapshots fill a map. */
function filled(text: string, value: string | undefined): MapChange {
  return { key: keyBytes(text), value: value === undefined ? undefined : utf8(value) };
}

/** As a commit writes. */
function written(text: string, value: string | undefined): KeyWrite {
  return new KeyWrite(text, value === undefined ? undefined : utf8(value));
}

const read = (map: DecodingMap, text: string): unknown => map.read(text, fromUtf8);

test('what was read is at hand, decoded, until it is changed', async () => {
  const { map, asked, decoded } = noting();
  await map.apply([filled(KEY, 'first')]);
  for (let i = 0; i < 3; i++) expect(read(map, KEY)).toBe('first');
  expect([asked.length, decoded()]).toEqual([1, 1]);
  await map.apply([filled(KEY, 'second')]);
  expect(read(map, KEY)).toBe('second');
  await map.apply([filled(KEY, undefined)]);
  expect(read(map, KEY)).toBeUndefined();
});

test('that there is no value is at hand, too', async () => {
  const { map, asked } = noting();
  for (let i = 0; i < 3; i++) expect(read(map, KEY)).toBeUndefined();
  expect(asked).toHaveLength(1);
  await map.apply([filled(KEY, 'first')]);
  expect(read(map, KEY)).toBe('first');
});

test('what a commit wrote is read without the map below, but for the entries of the engine', async () => {
  const { map, asked } = noting();
  const ours = engineText('name');
  await map.apply([written(KEY, 'first'), written(ours, 'value')]);
  expect(read(map, KEY)).toBe('first');
  await map.apply([written(KEY, 'second')]);
  expect(read(map, KEY)).toBe('second');
  expect(asked).toEqual([]);
  expect(read(map, ours)).toBe('value');
  await map.apply([written(KEY, undefined)]);
  expect(read(map, KEY)).toBeUndefined();
  expect(asked).toEqual([ours, KEY]);
});

test('nothing is at hand of a map that was emptied, nor what was read of it meanwhile', async () => {
  const { map, below } = noting();
  await map.apply([written(KEY, 'first')]);
  const emptying = deferred();
  const clear = below.clear.bind(below);
  below.clear = async () => {
    await emptying.promise;
    await clear();
  };
  const cleared = map.clear();
  expect(read(map, KEY)).toBe('first');
  emptying.resolve();
  await cleared;
  expect(read(map, KEY)).toBeUndefined();
});

test('what is read while it is replaced does not stay', async () => {
  const { map, below } = noting();
  await map.apply([filled(KEY, 'first')]);
  const slow = deferred();
  const apply = below.apply.bind(below);
  below.apply = async (changes) => {
    await slow.promise;
    await apply(changes);
  };
  const applied = map.apply([filled(KEY, 'second')]);
  expect(read(map, KEY)).toBe('first');
  slow.resolve();
  await applied;
  expect(read(map, KEY)).toBe('second');
});

test('of changes that failed halfway nothing is at hand', async () => {
  const { map, below } = noting();
  await map.apply([written(KEY, 'first')]);
  const apply = below.apply.bind(below);
  below.apply = async (changes) => {
    await apply(changes);
    throw new Error('The disk is gone');
  };
  await expect(map.apply([written(KEY, 'second')])).rejects.toThrow('gone');
  expect(read(map, KEY)).toBe('second');
});

test('a value that cannot be decoded is an error each time', async () => {
  const map = decodingMap(new SmallMap());
  await map.apply([written(KEY, 'value')]);
  const decode = (): never => {
    throw new RangeError('A value ends inside a field');
  };
  for (let i = 0; i < 2; i++) expect(() => map.read(KEY, decode)).toThrow(RangeError);
  await map.apply([filled(KEY, 'value')]);
  for (let i = 0; i < 2; i++) expect(() => map.read(KEY, decode)).toThrow(RangeError);
});

// fills ENGINE_LIMITS.keptBytes
test('what is read often stays, what is read once makes room', async () => {
  const { map, asked } = noting();
  const others = Array.from({ length: 50 }, (_, i) => tableText(texts, [`other ${i}`]));
  await map.apply([KEY, ...others].map((text) => filled(text, 'value')));
  for (const text of others) {
    read(map, KEY);
    read(map, text);
  }
  expect(asked.filter((text) => text === KEY)).toHaveLength(1);
  asked.length = 0;
  for (const text of others) read(map, text);
  expect(asked.length).toBeGreaterThan(others.length - LIMITS.keptBytes / 256);
});

// fills ENGINE_LIMITS.keptValueBytes
test('long values are not kept, nor parts of large pieces of memory', async () => {
  const { map, asked } = noting();
  const long = 'x'.repeat(LIMITS.keptValueBytes + 1);
  await map.apply([written(KEY, long)]);
  for (let i = 0; i < 2; i++) expect(read(map, KEY)).toBe(long);
  expect(asked).toHaveLength(2);
  const part = new Uint8Array(1_000_000).subarray(0, 1).fill(0x78);
  await map.apply([new KeyWrite(KEY, part)]);
  expect(read(map, KEY)).toBe('x');
  expect(asked).toHaveLength(3);
});
