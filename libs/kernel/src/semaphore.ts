import { deferred, type Deferred } from './deferred.ts';

/**
 * Hands out at most `permits` at once, first come, first served. With one permit it is a mutex.
 */
export class Semaphore {
  #free: number;
  readonly #waiting: { amount: number; turn: Deferred<void> }[] = [];

  constructor(permits: number) {
    this.#free = permits;
  }

  /** Callers that wait now. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Waits for `amount` permits; dispose the result to give them back. */
  async acquire(amount = 1, signal?: AbortSignal): Promise<Disposable> {
    signal?.throwIfAborted();
    if (this.#waiting.length === 0 && this.#free >= amount) {
      this.#free -= amount;
    } else {
      await this.#wait(amount, signal);
    }
    return this.#permit(amount);
  }

  /** Runs `task` while holding one permit. */
  async run<T>(task: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    using _permit = await this.acquire(1, signal);
    return await task();
  }

  async #wait(amount: number, signal: AbortSignal | undefined): Promise<void> {
    const waiter = { amount, turn: deferred() };
    this.#waiting.push(waiter);
    const onAbort = (): void => {
      const index = this.#waiting.indexOf(waiter);
      if (index < 0) return;
      this.#waiting.splice(index, 1);
      waiter.turn.reject(signal?.reason);
      this.#wake();
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await waiter.turn.promise;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #permit(amount: number): Disposable {
    let held = true;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#free += amount;
        this.#wake();
      },
    };
  }

  #wake(): void {
    for (let next = this.#waiting[0]; next && next.amount <= this.#free; next = this.#waiting[0]) {
      this.#waiting.shift();
      this.#free -= next.amount;
      next.turn.resolve();
    }
  }
}
