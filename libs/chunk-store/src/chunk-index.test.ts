import { expect, test } from 'vitest';
import { compareBytes, toHex } from '@holdfast/kernel';
import { seededRandom } from '@holdfast/testkit';
import { ChunkIndex, type IndexEntry } from './chunk-index.ts';

test('the index does what a map and a sorted list would do', () => {
  const random = seededRandom('index');
  const index = new ChunkIndex();
  const model = new Map<string, { key: Uint8Array; entry: IndexEntry }>();
  const keys = Array.from({ length: 3000 }, () => {
    const key = random.bytes(48);
    // Many chunks of few files, and the same hash in several files.
    key.fill(random.integer(5), 0, 16);
    if (random.chance(0.3)) key.fill(random.integer(200), 16);
    return key;
  });
  for (let step = 0; step < 20_000; step++) {
    const key = random.pick(keys);
    if (random.chance(0.45)) {
      index.delete(key);
      model.delete(toHex(key));
    } else {
      const entry = {
        segment: random.integer(100),
        offset: random.integer(2 ** 32),
        length: random.integer(4096),
        position: random.integer(2 ** 48),
        touchSegment: random.integer(100),
      };
      index.set(key, entry);
      model.set(toHex(key), { key, entry });
    }
  }
  expect(index.size).toBe(model.size);
  expect(index.chunkBytes).toBe([...model.values()].reduce((sum, m) => sum + m.entry.length, 0));
  for (const key of keys) expect(index.get(key)).toEqual(model.get(toHex(key))?.entry);
  const sorted = [...model.values()].sort((a, b) => compareBytes(a.key, b.key));
  const listed: typeof sorted = [];
  for (let page = index.list(undefined, 17); page.length > 0;) {
    listed.push(...page);
    page = index.list(page.at(-1)?.key, 17);
  }
  expect(listed).toEqual(sorted);
});
