import { availableParallelism } from 'node:os';
import { machineCpuSeconds, ownCpuSeconds } from './process-usage.ts';

/**
 * How busy other programs keep the machine. What this process and the children it has waited for
 * used is known to the kernel, so nothing needs to be asked while something is measured.
 */
export class OthersShare {
  readonly #begun = performance.now();
  readonly #machineBefore = machineCpuSeconds();
  readonly #ownBefore = ownCpuSeconds();

  /** From 0 to 1; right once all children have ended. */
  share(): number {
    const capacity = ((performance.now() - this.#begun) / 1000) * availableParallelism();
    const machine = machineCpuSeconds() - this.#machineBefore;
    const own = ownCpuSeconds() - this.#ownBefore;
    return Math.min(1, Math.max(0, (machine - own) / capacity));
  }
}
