import type { Clock } from '@holdfast/kernel';

/** Whether nobody has used something for a while. It learns of uses when it is asked. */
export class IdleWatch {
  readonly #clock: Clock;
  readonly #uses: () => number;
  readonly #afterMs: number;
  #seen: number;
  #sinceMs: number;

  /** `uses` counts them. */
  constructor(clock: Clock, uses: () => number, afterMs: number) {
    this.#clock = clock;
    this.#uses = uses;
    this.#afterMs = afterMs;
    this.#seen = uses();
    this.#sinceMs = clock.monotonicMs();
  }

  get idle(): boolean {
    const uses = this.#uses();
    const nowMs = this.#clock.monotonicMs();
    if (uses !== this.#seen) {
      this.#seen = uses;
      this.#sinceMs = nowMs;
    }
    return nowMs - this.#sinceMs >= this.#afterMs;
  }
}
