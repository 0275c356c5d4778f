/** A scheduled task that has not necessarily run yet. */
export interface Timer {
  /** Prevents the task from running, if it has not run; otherwise does nothing. */
  cancel(): void;
}

export interface ScheduleOptions {
  /** The process does not end by itself before the task has run or was cancelled. */
  readonly keepsAlive?: boolean;
}

/**
 * The only source of time below the apps (a lint rule sees to that), so that the simulator can
 * decide when it is.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch, as users see it. It may jump in either direction. */
  wallMs(): number;
  /** Milliseconds from an arbitrary start; never goes back, and jumps with no clock change. */
  monotonicMs(): number;
  /**
   * Runs `task` once, no earlier than `delayMs` from now. A timer alone keeps no process alive, unless
   * the options say so.
   */
  schedule(delayMs: number, task: () => void, options?: ScheduleOptions): Timer;
}

/**
 * Resolves after `delayMs`, or rejects with the signal's reason as soon as it aborts.
 */
export function sleep(
  clock: Clock,
  delayMs: number,
  signal?: AbortSignal,
  options?: ScheduleOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = (): void => {
      timer.cancel();
      reject(signal?.reason);
    };
    const wake = (): void => {
      signal?.removeEventListener('abort', onAbort);
      resolve();
    };
    const timer = clock.schedule(delayMs, wake, options);
    signal?.addEventListener('abort', onAbort, { once: true });
  });
}

/**
 * An abort signal that fires after `delayMs` of monotonic time, with a reason made by `reason`.
 * Dispose it when the guarded work is over, so that its timer goes too.
 */
export function deadline(
  clock: Clock,
  delayMs: number,
  reason: () => Error,
): Disposable & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  const timer = clock.schedule(delayMs, () => controller.abort(reason()));
  return { signal: controller.signal, [Symbol.dispose]: () => timer.cancel() };
}
