import type { Clock } from '@holdfast/kernel';
import { SDK_LIMITS } from './limits.ts';

/** For how long something is left alone that failed: twice as long each time, until it goes well. */
export class Rest {
  readonly #clock: Clock;
  #pauseMs = 0;
  #untilMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isOver(): boolean {
    return this.#clock.monotonicMs() >= this.#untilMs;
  }

  begin(): void {
    const { directRestMs, directRestMaxMs } = SDK_LIMITS;
    this.#pauseMs = Math.min(Math.max(directRestMs, 2 * this.#pauseMs), directRestMaxMs);
    this.#untilMs = this.#clock.monotonicMs() + this.#pauseMs;
  }

  /** It went well: the next rest is a short one again. */
  forget(): void {
    this.#pauseMs = 0;
    this.#untilMs = Number.NEGATIVE_INFINITY;
  }
}
