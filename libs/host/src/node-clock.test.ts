import { expect, test } from 'vitest';
import { sleep } from '@holdfast/kernel';
import { nodeClock } from './node-clock.ts';

/** Keeps the process alive, which a timer of the clock does not. */
function keepAlive(): Disposable {
  const handle = setInterval(() => {}, 1000);
  return { [Symbol.dispose]: () => clearInterval(handle) };
}

test('a task never runs early by the monotonic clock', async () => {
  using _alive = keepAlive();
  for (let delayMs = 0; delayMs < 6; delayMs += 0.7) {
    const startMs = nodeClock.monotonicMs();
    await sleep(nodeClock, delayMs);
    expect(nodeClock.monotonicMs() - startMs).toBeGreaterThanOrEqual(delayMs);
  }
});

test('a delay beyond what the runtime can count does not fire at once', async () => {
  using _alive = keepAlive();
  let fired = false;
  const timer = nodeClock.schedule(2 ** 40, () => {
    fired = true;
  });
  await sleep(nodeClock, 5);
  timer.cancel();
  expect(fired).toBe(false);
});

test('a task keeps the process alive if it is to, until it is cancelled', () => {
  const before = timersThatKeepAlive();
  const idle = nodeClock.schedule(1_000, () => {});
  expect(timersThatKeepAlive()).toBe(before);
  const waited = nodeClock.schedule(1_000, () => {}, { keepsAlive: true });
  expect(timersThatKeepAlive()).toBe(before + 1);
  waited.cancel();
  expect(timersThatKeepAlive()).toBe(before);
  idle.cancel();
});

function timersThatKeepAlive(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
}
