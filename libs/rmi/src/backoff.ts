import type { Random } from '@holdfast/kernel';
import type { RmiLimits } from './limits.ts';

/** Pauses that double up to a limit, each between half and the whole of it, by chance. */
export class Backoff {
  readonly #limits: RmiLimits;
  readonly #random: Random;
  #ceilingMs: number;

  constructor(limits: RmiLimits, random: Random) {
    this.#limits = limits;
    this.#random = random;
    this.#ceilingMs = limits.backoffMinMs;
  }

  /** The pause before the next attempt, in milliseconds. */
  nextMs(): number {
    const ceilingMs = this.#ceilingMs;
    this.#ceilingMs = Math.min(ceilingMs * 2, this.#limits.backoffMaxMs);
    return ceilingMs * (0.5 + this.#random.fraction() / 2);
  }

  reset(): void {
    this.#ceilingMs = this.#limits.backoffMinMs;
  }
}
