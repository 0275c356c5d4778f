import { sleep } from '@holdfast/kernel';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { RepairPace } from './repair-pace.ts';

const TRANSFER_MS = 100;
const { signal } = new AbortController();

/** Transfers of 100 ms, as many at once as there may be, for ten seconds; tells how many ended. */
async function transfersIn10s(userWrites: (nowMs: number) => number): Promise<number> {
  const clock = simulatedClock();
  const pace = new RepairPace({ clock, userWrites: () => userWrites(clock.monotonicMs()) });
  let ended = 0;
  const lane = async (): Promise<void> => {
    for (;;) {
      await pace.run(() => sleep(clock, TRANSFER_MS), signal);
      ended++;
    }
  };
  for (let i = 0; i < 4; i++) void lane();
  await clock.advance(10_000);
  return ended;
}

test('while nobody writes, repair uses all that it may', async () => {
  expect(await transfersIn10s(() => 0)).toBeGreaterThan(390);
});

test('while users write, one transfer at a time is followed by a pause', async () => {
  const most = 10_000 / (TRANSFER_MS * (1 + LIMITS.repairPause)) + 4;
  const ended = await transfersIn10s((nowMs) => nowMs);
  expect(ended).toBeLessThanOrEqual(most);
  expect(ended).toBeGreaterThan(most / 2);
});

test('when users have stopped, repair takes up its speed again', async () => {
  const ended = await transfersIn10s((nowMs) => Math.min(nowMs, 5_000));
  expect(ended).toBeGreaterThan(150);
});
