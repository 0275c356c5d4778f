import type { OrderedMap } from '@holdfast/contracts';
import { compareBytes, utf8 } from '@holdfast/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

/** What every ordered map must do. `make` gives an empty one. */
export function orderedMapSuite(name: string, make: () => Promise<OrderedMap>): void {
  describe(`${name} as an ordered map`, () => {
    test('does what a sorted list does, whatever is applied', async () => {
      await fc.assert(fc.asyncProperty(fc.array(batch, { maxLength: 6 }), range, likeASortedList), {
        numRuns: 60,
      });
    });

    test('reads many values in the order of their keys, with gaps', async () => {
      await using map = await make();
      const keys = Array.from({ length: 200 }, (_, i) => Uint8Array.of(1, i));
      await map.apply(keys.filter((_, i) => i % 3 === 0).map((key) => ({ key, value: key })));
      const expected = keys.map((key, i) => (i % 3 === 0 ? key : undefined));
      expect(await map.getMany(keys)).toEqual(expected);
      expect(await map.getMany(keys.slice(0, 4))).toEqual(expected.slice(0, 4));
    });

    test('applies the last of several changes of one key', async () => {
      await using map = await make();
      const key = utf8('key');
      await map.apply([
        { key, value: utf8('first') },
        { key, value: undefined },
        { key, value: utf8('last') },
      ]);
      expect(await map.get(key)).toEqual(utf8('last'));
    });

    test('keeps order and every key over thousands of insertions and removals', async () => {
      await using map = await make();
      // A multiplicative step visits every residue once, in scattered order.
      const keys = Array.from({ length: 5003 }, (_, i) => keyOf((i * 1999) % 5003));
      for (let at = 0; at < keys.length; at += 500) {
        await map.apply(keys.slice(at, at + 500).map((key) => ({ key, value: key })));
      }
      await map.apply(keys.filter((_, i) => i % 2 === 0).map((key) => ({ key, value: undefined })));
      const left = keys.filter((_, i) => i % 2 === 1).sort(compareBytes);
      const all = { from: keyOf(0), to: keyOf(9999), limit: 10_000 };
      expect((await map.range(all)).map(([key]) => key)).toEqual(left);
      const newestTen = await map.range({ ...all, limit: 10, reverse: true });
      expect(newestTen.map(([key]) => key)).toEqual(left.slice(-10).reverse());
    });

    test('is empty after it was cleared, and takes changes again', async () => {
      await using map = await make();
      const key = utf8('key');
      await map.apply([{ key, value: utf8('before') }]);
      await map.clear();
      expect(await map.get(key)).toBeUndefined();
      await map.apply([{ key, value: utf8('after') }]);
      expect(await map.get(key)).toEqual(utf8('after'));
    });
  });

  async function likeASortedList(batches: Change[][], asked: Range): Promise<void> {
    await using map = await make();
    const model = new Map<number, Uint8Array>();
    for (const changes of batches) {
      await map.apply(changes.map(({ key, value }) => ({ key: keyOf(key), value })));
      for (const { key, value } of changes) {
        if (value) model.set(key, value);
        else model.delete(key);
      }
    }
    const inside = [...model]
      .filter(([key]) => key >= asked.from && key < asked.to)
      .sort(([a], [b]) => (asked.reverse ? b - a : a - b))
      .slice(0, asked.limit);
    const found = await map.range({ ...asked, from: keyOf(asked.from), to: keyOf(asked.to) });
    expect(found).toEqual(inside.map(([key, value]) => [keyOf(key), value]));
    for (let key = 0; key < KEYS; key++) expect(await map.get(keyOf(key))).toEqual(model.get(key));
  }
}

interface Change {
  readonly key: number;
  readonly value: Uint8Array | undefined;
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly limit: number;
  readonly reverse: boolean;
}

const KEYS = 24;
const key = fc.nat({ max: KEYS - 1 });
const batch = fc.array(
  fc.record({ key, value: fc.option(fc.uint8Array({ maxLength: 40 }), { nil: undefined }) }),
  { maxLength: 12 },
);
const range = fc.record({
  from: key,
  to: key,
  limit: fc.integer({ min: 1, max: KEYS }),
  reverse: fc.boolean(),
});

/** Keys that sort as their numbers do, some of them prefixes of others in their first bytes. */
function keyOf(number: number): Uint8Array {
  return Uint8Array.of(number >>> 8, 0xff, number & 0xff);
}
