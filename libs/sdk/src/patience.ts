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

  #once<T>(
    name: string,
    attempt: (options: CallOptions) => Promise<T>,
    { timeoutMs, signal }: { timeoutMs: number; signal: AbortSignal | undefined },
  ): Promise<T> {
    const startedMs = this.#clock.monotonicMs();
    // No signal of its own and no second timer: each costs a good part of what a call costs.
    const renew = (): number | HoldfastError => {
      const restMs = this.#restMs(startedMs, timeoutMs);
      return restMs > 0 ? restMs : timedOut(name, timeoutMs);
    };
    const again = async (error: unknown, earlier: number): Promise<boolean> => {
      if (!this.#maySettle(error)) return false;
      await sleep(this.#clock, pauseMs(earlier), signal);
      return this.#restMs(startedMs, timeoutMs) > 0;
    };
    return attempt({
      ...(signal && { signal }),
      timeoutMs: SDK_LIMITS.reconnectMs,
      allowance: { firstMs: timeoutMs, renew },
      again,
    });
  }

  /** What a call has left of the time in which the frontend was there without a break. */
  #restMs(startedMs: number, timeoutMs: number): number {
    const { ready, readyAtMs } = this.#connection;
    if (!ready) return timeoutMs;
    return timeoutMs - (this.#clock.monotonicMs() - Math.max(readyAtMs, startedMs));
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

function timedOut(name: string, timeoutMs: number): HoldfastError {
  return new HoldfastError(
    'timeout',
    `The frontend is there but did not answer "${name}" within ${timeoutMs / 1000} s. Look at holdfast status, and try again.`,
  );
}
