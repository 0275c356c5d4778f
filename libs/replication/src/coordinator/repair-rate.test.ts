import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { RepairRate } from './repair-rate.ts';

const MIB = 1024 * 1024;

test('the first seconds of repair are measured over the time that they have lasted', async () => {
  const clock = simulatedClock();
  const rate = new RepairRate(clock);
  await clock.advance(60_000);
  rate.begin();
  await clock.advance(1_000);
  rate.note({ copies: 25, bytes: 100 * MIB });
  expect(rate.bytesPerSecond).toBe(100 * MIB);
  await clock.advance(1_000);
  rate.begin();
  rate.note({ copies: 25, bytes: 100 * MIB });
  expect(rate.bytesPerSecond).toBe(100 * MIB);
});

test('what moved before the window counts no more, and without moves no time is left to tell', async () => {
  const clock = simulatedClock();
  const rate = new RepairRate(clock);
  rate.begin();
  rate.note({ copies: 1, bytes: MIB });
  await clock.advance(LIMITS.rateWindowMs + 1);
  expect(rate.bytesPerSecond).toBe(0);
  expect(rate.secondsFor({ copies: 1, bytes: 1 })).toBeUndefined();
});

test('the time left follows the bytes of large chunks and the number of small ones', async () => {
  const clock = simulatedClock();
  const rate = new RepairRate(clock);
  rate.begin();
  await clock.advance(1_000);
  rate.note({ copies: 25, bytes: 100 * MIB });
  const large = rate.secondsFor({ copies: 256, bytes: 1_024 * MIB });
  expect(large).toBeGreaterThanOrEqual(10);
  expect(large).toBeLessThanOrEqual(12);
  // As many chunks in a hundredth of the bytes do not take as long, nor a hundredth of the time.
  const small = rate.secondsFor({ copies: 10_000, bytes: 10 * MIB });
  expect(small).toBeGreaterThan(5);
  expect(small).toBeLessThan(20);
});
