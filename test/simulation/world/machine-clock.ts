import type { Clock, Timer } from '@holdfast/kernel';
import { sleep } from '@holdfast/kernel';

/**
 * The time of one machine. Its oscillator drifts, its wall clock can be set, and while its programs
 * are stopped (as by SIGSTOP, or by a hypervisor) nothing of theirs happens, though time goes on.
 */
export class MachineClock implements Clock {
  readonly #world: Clock;
  #rate = 1;
  #sinceMs = 0;
  #monotonicMs = 0;
  #wallOffsetMs = 0;
  #stops = 0;
  #missed: (() => void)[] = [];
  #resuming: Promise<void> | undefined;

  constructor(world: Clock) {
    this.#world = world;
  }

  wallMs(): number {
    const driftMs = this.monotonicMs() - this.#world.monotonicMs();
    return Math.floor(this.#world.wallMs() + driftMs + this.#wallOffsetMs);
  }

  monotonicMs(): number {
    return this.#monotonicMs + (this.#world.monotonicMs() - this.#sinceMs) * this.#rate;
  }

  schedule(delayMs: number, task: () => void): Timer {
    let over = false;
    const run = (): void => {
      if (over) return;
      over = true;
      task();
    };
    const timer = this.#world.schedule(delayMs / this.#rate, () => {
      if (this.stopped) this.#missed.push(run);
      else run();
    });
    return {
      cancel: () => {
        over = true;
        timer.cancel();
      },
    };
  }

  /** True until everything that became due meanwhile has happened. */
  get stopped(): boolean {
    return this.#stops > 0 || this.#resuming !== undefined;
  }

  /** From now on a second lasts so many seconds. */
  drift(rate: number): void {
    this.#monotonicMs = this.monotonicMs();
    this.#sinceMs = this.#world.monotonicMs();
    this.#rate = rate;
  }

  jumpWall(ms: number): void {
    this.#wallOffsetMs += ms;
  }

  /** What runs on the machine stands still until as many `resume`. */
  stop(): void {
    this.#stops++;
  }

  /** What became due meanwhile happens now, in order. */
  async resume(): Promise<void> {
    this.#stops--;
    if (this.#stops > 0) return;
    this.#resuming ??= this.#catchUp().finally(() => {
      this.#resuming = undefined;
    });
    await this.#resuming;
  }

  async #catchUp(): Promise<void> {
    while (this.#missed.length > 0 && this.#stops === 0) {
      this.#missed.shift()?.();
      // Promises settle before the next one, as between any two events.
      await sleep(this.#world, 0);
    }
  }
}
