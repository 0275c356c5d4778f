import type { Clock } from '@holdfast/kernel';
import { ENGINE_LIMITS } from './limits.ts';

/**
 * Directory time: every commit carries it, and it never goes back. While the engine runs it follows
 * the monotonic clock alone, whatever happens to the wall clock. Only a start moves it on, to the
 * wall clock, for the time that the directory was down; a wall clock that is behind the last commit
 * is not believed, nor one so far ahead of it that it must be wrong.
 */
export class DirectoryTime {
  readonly #clock: Clock;
  #startMs = 0;
  #startMonotonicMs = 0;
  #lastMs = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Goes on from the newest commit's time; undefined: there is no commit. */
  start(committedMs: number | undefined): void {
    const wallMs = this.#clock.wallMs();
    const known = committedMs ?? wallMs;
    const believable = wallMs > known && wallMs - known <= ENGINE_LIMITS.timeJumpMs;
    this.#startMs = Math.max(this.#lastMs, believable ? wallMs : known);
    this.#startMonotonicMs = this.#clock.monotonicMs();
    this.#lastMs = this.#startMs;
  }

  /** Whole milliseconds since the epoch. */
  nowMs(): number {
    const ran = this.#clock.monotonicMs() - this.#startMonotonicMs;
    this.#lastMs = Math.max(this.#lastMs, Math.floor(this.#startMs + ran));
    return this.#lastMs;
  }
}
