import type { Clock, Timer } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';

/**
 * Time as far as this process has watched it pass. While the process itself was stopped, or too busy to
 * look, nobody's answer can have been noticed: such a gap counts against no server.
 */
export class WatchedTime implements Disposable {
  readonly #clock: Clock;
  readonly #onTick: (missedMs: number) => void;
  #timer: Timer;
  #tickedMs: number;
  #missedMs = 0;

  /** `onTick` is called every `verdictEveryMs` or so, with the time that was missed before. */
  constructor(clock: Clock, onTick: (missedMs: number) => void) {
    this.#clock = clock;
    this.#onTick = onTick;
    this.#tickedMs = clock.monotonicMs();
    this.#timer = this.#schedule();
  }

  nowMs(): number {
    return this.#clock.monotonicMs() - this.#missedMs - this.#gapMs();
  }

  [Symbol.dispose](): void {
    this.#timer.cancel();
  }

  /** How much later than it should the next tick is already. */
  #gapMs(): number {
    const lateMs = this.#clock.monotonicMs() - this.#tickedMs - LIMITS.verdictEveryMs;
    return lateMs > LIMITS.verdictLateMs ? lateMs : 0;
  }

  #schedule(): Timer {
    return this.#clock.schedule(LIMITS.verdictEveryMs, () => {
      const missedMs = this.#gapMs();
      this.#missedMs += missedMs;
      this.#tickedMs = this.#clock.monotonicMs();
      this.#onTick(missedMs);
      this.#timer = this.#schedule();
    });
  }
}
