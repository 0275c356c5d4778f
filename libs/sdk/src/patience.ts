import { HoldfastError, isHoldfastError, type CallOptions } from '@holdfast/contracts';
import { deadline, sleep, type Clock } from '@holdfast/kernel';
import type { Connection } from './connection.ts';
import { SDK_LIMITS } from './limits.ts';

export interface PatientCall {
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
  readonly changes: boolean;
}

/**
 * Lets calls outlive a frontend that goes away and comes back. Their deadline counts only the time in
 * which there is a frontend; and a call is made again when the cluster says that it cannot serve yet,
 * within `SDK_LIMITS.settlingMs` of a reconnection, or that it has no memory for it now.
 */
export class Patience {
  readonly #connection: Connection;
  readonly #clock: Clock;

  constructor(connection: Connection, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Makes a call named `name`; it gets `timeoutMs` in all while the frontend is there. */
  async call<T>(
    name: string,
    attempt: (options: CallOptions) => Promise<T>,
    { timeoutMs, signal, changes }: PatientCall,
  ): Promise<T> {
    for (;;) {
      throwIfCancelled(signal);
      try {
        return await this.#once(name, attempt, { timeoutMs, signal });
      } catch (error) {
        throwIfCancelled(signal);
        // The session was ended with the call on its way: in another one it would be a second call,
        // and a change must not happen twice.
        if (changes || !isHoldfastError(error, 'disconnected')) throw error;
        await this.#reconnection(error, signal);
      }
    }
  }

  async #once<T>(
    name: string,
    attempt: (options: CallOptions) => Promise<T>,
    { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal | undefined },
  ): Promise<T> {
    using limit = new ConnectedDeadline(this.#connection, this.#clock, { name, timeoutMs, signal });
    const again = async (error: unknown, earlier: number): Promise<boolean> => {
      if (!this.#maySettle(error)) return false;
      await sleep(this.#clock, pauseMs(earlier), limit.signal);
      return true;
    };
    return await attempt({ signal: limit.signal, timeoutMs: SDK_LIMITS.reconnectMs, again });
  }

  async #reconnection(cause: HoldfastError, signal: AbortSignal | undefined): Promise<void> {
    using limit = deadline(this.#clock, SDK_LIMITS.reconnectMs, () => cause);
    const signals = signal ? [signal, limit.signal] : [limit.signal];
    await this.#connection.whenReady(AbortSignal.any(signals));
  }

  #maySettle(error: unknown): boolean {
    // What the frontend holds for everybody comes free again, in time that the call has.
    if (isHoldfastError(error, 'overloaded')) return true;
    if (!isHoldfastError(error, 'unavailable', 'too-few-copies', 'read-only')) return false;
    const { ready, readyAtMs, generation } = this.#connection;
    const { settlingMs, firstSettlingMs } = SDK_LIMITS;
    const limitMs = generation > 1 ? settlingMs : firstSettlingMs;
    return ready && this.#clock.monotonicMs() - readyAtMs < limitMs;
  }
}

/** Throws why `signal` aborted, as an error of ours. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (!signal?.aborted) return;
  if (signal.reason instanceof HoldfastError) throw signal.reason;
  throw new HoldfastError('cancelled', 'Cancelled.', { cause: signal.reason });
}

function pauseMs(tries: number): number {
  const { settlingFirstPauseMs, settlingMaxPauseMs } = SDK_LIMITS;
  return Math.min(settlingFirstPauseMs * 2 ** tries, settlingMaxPauseMs);
}

/**
 * Aborts with the caller's signal, or after a time during which the frontend was there without a
 * break. The signals are chained by hand, since one long-lived signal may see a million calls.
 */
class ConnectedDeadline implements Disposable {
  readonly #controller = new AbortController();
  readonly #startedMs: number;
  readonly #outer: AbortSignal | undefined;
  readonly #onOuter: () => void;
  #timer: Disposable;

  constructor(
    connection: Connection,
    clock: Clock,
    {
      name,
      timeoutMs,
      signal,
    }: { name: string; timeoutMs: number; signal: AbortSignal | undefined },
  ) {
    this.#startedMs = clock.monotonicMs();
    this.#outer = signal;
    this.#onOuter = () => this.#controller.abort(signal?.reason);
    signal?.addEventListener('abort', this.#onOuter, { once: true });
    const arm = (delayMs: number): Disposable => {
      const timer = clock.schedule(delayMs, () => {
        const sinceMs = Math.max(connection.readyAtMs, this.#startedMs);
        const restMs = connection.ready ? timeoutMs - (clock.monotonicMs() - sinceMs) : timeoutMs;
        if (restMs > 0) this.#timer = arm(restMs);
        else this.#controller.abort(timedOut(name, timeoutMs));
      });
      return { [Symbol.dispose]: () => timer.cancel() };
    };
    this.#timer = arm(timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  [Symbol.dispose](): void {
    this.#timer[Symbol.dispose]();
    this.#outer?.removeEventListener('abort', this.#onOuter);
  }
}

function timedOut(name: string, timeoutMs: number): HoldfastError {
  return new HoldfastError(
    'timeout',
    `The frontend is there but did not answer "${name}" within ${timeoutMs / 1000} s. Look at holdfast status, and try again.`,
  );
}
