import { expect, test } from 'vitest';
import { HeldPages } from './held-pages.ts';

const page = (from: number): { offset: number }[] => [{ offset: from }, { offset: from + 1 }];
const offsets = (held: ReadonlyMap<number, unknown>): number[] => [...held.keys()];

// fills REPLICATION_LIMITS.readChunksPerSession
test('all reads of a session hold no more than the limit; the one used longest ago lets go', () => {
  const pages = new HeldPages(4);
  const [first, second, other] = [new Map(), new Map(), new Map()];
  pages.add('s', first, page(0));
  pages.add('s', second, page(10));
  pages.add('t', other, page(20));
  pages.add('s', first, page(2));
  expect([first, second, other].map(offsets)).toEqual([[0, 1, 2, 3], [], [20, 21]]);
  pages.add('s', first, page(4));
  expect(offsets(first)).toEqual([4, 5]);
});

test('a read that is over makes room for others', () => {
  const pages = new HeldPages(4);
  const [first, second, third] = [new Map(), new Map(), new Map()];
  pages.add('s', first, page(0));
  pages.add('s', second, page(10));
  pages.release('s', first);
  pages.add('s', third, page(20));
  expect([second, third].map(offsets)).toEqual([
    [10, 11],
    [20, 21],
  ]);
});
