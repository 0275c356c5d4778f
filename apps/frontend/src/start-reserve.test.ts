import { type Disk, readWholeFile } from '@holdfast/kernel';
import { simulatedClock, simulatedDisk } from '@holdfast/testkit';
import { expect, test, vi } from 'vitest';
import { FRONTEND_LIMITS } from './limits.ts';
import { StartReserve } from './start-reserve.ts';

const MIB = 1024 * 1024;

interface Scene {
  readonly disk: Disk;
  readonly clock: ReturnType<typeof simulatedClock>;
  readonly open: () => Promise<StartReserve>;
  readonly heldBytes: () => Promise<number>;
}

function scene(capacityBytes: number): Scene {
  const disk = simulatedDisk({ capacityBytes }).mount();
  const clock = simulatedClock();
  const onProblem = (error: unknown): void => expect.fail(String(error));
  return {
    disk,
    clock,
    open: () => StartReserve.open({ disk, clock, onProblem }),
    heldBytes: async () => (await readWholeFile(disk, 'ballast'))?.length ?? 0,
  };
}

/** Has another program take all but `freeBytes`. */
async function leave({ disk }: Scene, freeBytes: number): Promise<void> {
  await using file = await disk.open('filler', { mode: 'create' });
  await file.preallocate((await disk.space()).freeBytes - freeBytes);
}

// fills FRONTEND_LIMITS.ballastBytes, FRONTEND_LIMITS.ballastShare
test('what is held for a start is a part of a small disk, and given up only on a full one', async () => {
  const small = scene(64 * MIB);
  {
    await using reserve = await small.open();
    await reserve.keep();
    expect(await small.heldBytes()).toBe(64 * MIB * FRONTEND_LIMITS.ballastShare);
  }
  await using _again = await small.open();
  expect(await small.heldBytes()).toBe(16 * MIB);
  await leave(small, 4096);
  await using _onFull = await small.open();
  expect(await small.heldBytes()).toBe(0);
  expect((await small.disk.space()).freeBytes).toBeGreaterThanOrEqual(12 * MIB);
});

test('half of what a start left over is held again, and all of it once there is space', async () => {
  const small = scene(64 * MIB);
  await leave(small, 6 * MIB);
  await using reserve = await small.open();
  await reserve.keep();
  expect(await small.heldBytes()).toBe(3 * MIB);
  await small.disk.unlink('filler');
  await small.clock.advance(FRONTEND_LIMITS.ballastEveryMs);
  await vi.waitFor(async () => expect(await small.heldBytes()).toBe(16 * MIB));
});
