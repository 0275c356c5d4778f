import { sleep } from '@holdfast/kernel';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { RepairPace } from './repair-pace.ts';

const TRANSFER_MS = 100;
const LANES = 4;
const { signal } = new AbortController();

interface Users {
  /** What they write in a millisecond. */
  readonly perMs: (nowMs: number, going: number) => number;
}

/** Transfers of 100 ms, as many at once as there may be, for a while; tells what came of it. */
async function play(ms: number, { perMs }: Users): Promise<{ transfers: number; writes: number }> {
  const clock = simulatedClock();
  let going = 0;
  let transfers = 0;
  let writes = 0;
  const pace = new RepairPace({ clock, userWrites: () => Math.floor(writes) });
  const write = (): void => {
    writes += perMs(clock.monotonicMs(), going);
    clock.schedule(1, write);
  };
  write();
  const lane = async (): Promise<void> => {
    for (;;) {
      using _turn = await pace.enter(signal);
      going++;
      await sleep(clock, TRANSFER_MS);
      going--;
      transfers++;
    }
  };
  for (let i = 0; i < LANES; i++) void lane();
  await clock.advance(ms);
  return { transfers, writes };
}

test('while nobody writes, repair uses all that it may', async () => {
  const { transfers } = await play(10_000, { perMs: () => 0 });
  expect(transfers).toBeGreaterThan(390);
});

test.each([0.02, 0.3, 0.6])(
  'users whose speed falls to %f while repair goes keep 0.7 of it on the whole',
  async (left) => {
    const { writes, transfers } = await play(60_000, {
      perMs: (_, going) => (going > 0 ? left : 1),
    });
    expect(writes).toBeGreaterThan(0.7 * 60_000);
    // No less of the time is used than what users may lose allows.
    const share = LIMITS.repairCost / (1 - left);
    const all = (60_000 / TRANSFER_MS) * LANES;
    expect(transfers).toBeGreaterThan(0.9 * Math.min(share, LIMITS.repairShareMost) * all);
  },
);

test('users who are not slowed down by repair hold it up little', async () => {
  const { transfers } = await play(60_000, { perMs: () => 1 });
  expect(transfers).toBeGreaterThan(0.7 * (60_000 / TRANSFER_MS) * LANES);
});

test('of users who write little nothing is known, and repair takes a third of the time', async () => {
  const { transfers } = await play(60_000, { perMs: () => 0.005 });
  const all = (60_000 / TRANSFER_MS) * LANES;
  expect(transfers / all).toBeGreaterThan(0.25);
});

test('when users have stopped, repair takes up its speed again', async () => {
  const { transfers } = await play(10_000, { perMs: (nowMs) => (nowMs < 5_000 ? 1 : 0) });
  expect(transfers).toBeGreaterThan(180);
});

// fills REPLICATION_LIMITS.repairRestMaxMs
test('repair rests no longer than it may, however long its last turn was', async () => {
  const clock = simulatedClock();
  let writes = 0;
  const pace = new RepairPace({ clock, userWrites: () => ++writes });
  {
    using _turn = await pace.enter(signal);
    await clock.advance(100 * LIMITS.repairRestMaxMs);
  }
  let entered = false;
  void pace.enter(signal).then(() => (entered = true));
  await clock.advance(LIMITS.repairRestMaxMs - 1);
  expect(entered).toBe(false);
  await clock.advance(1);
  expect(entered).toBe(true);
});
