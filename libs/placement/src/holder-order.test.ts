import { expect, test } from 'vitest';
import { holdersInOrder } from './holder-order.ts';

test('a chunk is read from the live and confirmed first, then the least busy, then the fastest', () => {
  const plain = { live: true, confirmed: true, outstandingReads: 0, latencyMs: 5 };
  const best = [
    { ...plain, latencyMs: 1 },
    plain,
    { ...plain, outstandingReads: 1, latencyMs: 1 },
    { ...plain, confirmed: false, latencyMs: 0 },
    { ...plain, live: false, latencyMs: 0 },
    { ...plain, live: false, confirmed: false, latencyMs: 0 },
  ];
  expect(holdersInOrder(best.toReversed())).toEqual(best);
});
