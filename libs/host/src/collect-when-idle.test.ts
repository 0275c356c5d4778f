import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { collectWhenIdle } from './collect-when-idle.ts';
import { HOST_LIMITS as LIMITS } from './limits.ts';

const LOOK_MS = 1_000;

let held: number;
let cpuMicros: number;
let collections: number;
let stop: Disposable;
beforeEach(() => {
  vi.useFakeTimers();
  [held, cpuMicros, collections] = [0, 0, 0];
  stop = collectWhenIdle({
    lookMs: LOOK_MS,
    heldBytes: () => held,
    cpuMicros: () => cpuMicros,
    collect: () => {
      collections++;
      held = 0;
    },
  });
});
afterEach(() => {
  stop[Symbol.dispose]();
  vi.useRealTimers();
});

function pass(busyShare: number): void {
  cpuMicros += busyShare * 1000 * LOOK_MS;
  vi.advanceTimersByTime(LOOK_MS);
}

// fills HOST_LIMITS.idleGarbageBytes
test('what work has left is collected once in the pause behind it', () => {
  held = LIMITS.idleGarbageBytes;
  pass(0);
  expect(collections).toBe(0);
  held++;
  pass(1);
  expect(collections).toBe(0);
  pass(0);
  pass(0);
  expect(collections).toBe(1);
});

// fills HOST_LIMITS.idleHeapBytes
test('a heap that would take long to collect is left alone', () => {
  held = LIMITS.idleHeapBytes + 1;
  pass(0);
  expect(collections).toBe(0);
  held--;
  pass(0);
  expect(collections).toBe(1);
});

test('without a way to collect nothing is done', () => {
  stop[Symbol.dispose]();
  stop = collectWhenIdle({ collect: undefined });
  expect(vi.getTimerCount()).toBe(0);
});
