import { type Clock, type Deferred, Semaphore, deferred } from '@holdfast/kernel';

/** Lets everybody pass, but for the time that somebody has it alone. */
export class Turnstile {
  readonly #clock: Clock;
  readonly #turn = new Semaphore(1);
  #closed: Deferred<void> | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get closed(): boolean {
    return this.#closed !== undefined;
  }

  /** Resolves when nobody has it alone. */
  async pass(): Promise<void> {
    while (this.#closed) await this.#closed.promise;
  }

  /** Waits for its turn, then keeps others out until disposed, or for `maxMs`. */
  async alone(maxMs: number): Promise<Disposable> {
    const turn = await this.#turn.acquire();
    const closed = deferred();
    this.#closed = closed;
    const open = (): void => {
      if (this.#closed === closed) this.#closed = undefined;
      closed.resolve();
    };
    const timer = this.#clock.schedule(maxMs, open);
    return {
      [Symbol.dispose]: () => {
        timer.cancel();
        open();
        turn[Symbol.dispose]();
      },
    };
  }
}
