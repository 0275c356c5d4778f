import { expect, test } from 'vitest';
import { Backoff } from './backoff.ts';
import { RMI_LIMITS } from './limits.ts';

// fills RMI_LIMITS.backoffMaxMs
test('pauses between attempts double up to the longest, and begin anew after a reset', () => {
  const { backoffMinMs, backoffMaxMs } = RMI_LIMITS;
  const backoff = new Backoff(RMI_LIMITS, { bytes: () => new Uint8Array(), fraction: () => 1 });
  const pauses = Array.from({ length: 20 }, () => backoff.nextMs());
  expect(pauses.slice(0, 3)).toEqual([backoffMinMs, 2 * backoffMinMs, 4 * backoffMinMs]);
  expect(new Set(pauses.slice(10))).toEqual(new Set([backoffMaxMs]));
  backoff.reset();
  expect(backoff.nextMs()).toBe(backoffMinMs);
});
