import type { Clock } from './clock.ts';

/** Notices when nothing moves while somebody waits: a slow network is no stall, and many share one. */
export class ProgressWatch {
  readonly #clock: Clock;
  #movedMs = Number.NEGATIVE_INFINITY;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Something has moved just now, for whoever of those who wait. */
  moved(): void {
    this.#movedMs = this.#clock.monotonicMs();
  }

  /** From now on, until disposed: calls `onStalled` once nothing has moved for so long. */
  watch(stallMs: number, onStalled: () => void): Disposable {
    const begunMs = this.#clock.monotonicMs();
    const look = (): void => {
      const silentMs = this.#clock.monotonicMs() - Math.max(begunMs, this.#movedMs);
      if (silentMs < stallMs) timer = this.#clock.schedule(stallMs - silentMs, look);
      else onStalled();
    };
    let timer = this.#clock.schedule(stallMs, look);
    return { [Symbol.dispose]: () => timer.cancel() };
  }
}
