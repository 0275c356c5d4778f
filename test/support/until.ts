import { setTimeout as pause } from 'node:timers/promises';

const LOOK_MS = 50;
const LOOK_REST = 2;

/**
 * Waits until `condition` returns something that is not false or undefined, and returns that. Fails
 * after `timeoutMs`, saying `what` was waited for and what the last look threw, if it threw.
 */
export async function until<T>(
  what: string,
  condition: () => Promise<T | false | undefined> | T | false | undefined,
  timeoutMs = 60_000,
): Promise<T> {
  const end = performance.now() + timeoutMs;
  let problem: unknown;
  for (;;) {
    const looked = performance.now();
    try {
      const found = await condition();
      if (found !== false && found !== undefined) return found;
      problem = undefined;
    } catch (error) {
      problem = error;
    }
    if (performance.now() > end) {
      throw new Error(`Waited ${timeoutMs} ms in vain for ${what}`, { cause: problem });
    }
    // A look that starts programs would keep others waiting if it came again at once.
    await pause(Math.max(LOOK_MS, LOOK_REST * (performance.now() - looked)));
  }
}
