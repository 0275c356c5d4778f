import { type Clock, Semaphore, sleep } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';

export interface RepairPaceOptions {
  readonly clock: Clock;
  /** How many chunks users have written so far. */
  readonly userWrites: () => number;
}

/**
 * Lets repair go as fast as the machines can while nobody writes, and gives way to those who do: then
 * one transfer runs at a time, with a pause behind it that grows with what it took.
 */
export class RepairPace {
  readonly #options: RepairPaceOptions;
  readonly #alone = new Semaphore(1);
  #givingWay = false;

  constructor(options: RepairPaceOptions) {
    this.#options = options;
  }

  async run<T>(transfer: () => Promise<T>, signal: AbortSignal): Promise<T> {
    using _turn = this.#givingWay ? await this.#alone.acquire() : undefined;
    const { clock, userWrites } = this.#options;
    const writesBefore = userWrites();
    const startedMs = clock.monotonicMs();
    const result = await transfer();
    this.#givingWay = userWrites() > writesBefore;
    if (this.#givingWay) {
      const tookMs = clock.monotonicMs() - startedMs;
      await sleep(clock, LIMITS.repairPause * tookMs, signal).catch(() => {});
    }
    return result;
  }
}
