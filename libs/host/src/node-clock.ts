import { performance } from 'node:perf_hooks';
import type { Clock } from '@holdfast/kernel';

/** The longest delay that `setTimeout` takes; a longer one would fire at once. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/** The machine's own time. */
export const nodeClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  schedule: (delayMs, task, { keepsAlive = false } = {}) => {
    const dueMs = performance.now() + delayMs;
    let handle: NodeJS.Timeout;
    const arm = (): void => {
      const restMs = Math.max(0, Math.ceil(dueMs - performance.now()));
      handle = setTimeout(fire, Math.min(restMs, MAX_TIMEOUT_MS));
      if (!keepsAlive) handle.unref();
    };
    // Node's timers count whole milliseconds of another clock and can be up to one early.
    const fire = (): void => (performance.now() < dueMs ? arm() : task());
    arm();
    return { cancel: () => clearTimeout(handle) };
  },
};
