import { type Clock, type Deferred, deferred, sleep } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { WriteSpeed } from './write-speed.ts';

export interface RepairPaceOptions {
  readonly clock: Clock;
  /** How many chunks users have written so far. */
  readonly userWrites: () => number;
}

/**
 * Lets repair go as fast as the machines can while nobody writes, and gives way to those who do: then
 * it goes and rests by turns. What users write in either shows what repair costs them, and it rests
 * for so long that this is no more than it may.
 */
export class RepairPace {
  readonly #options: RepairPaceOptions;
  readonly #going = new WriteSpeed();
  readonly #resting = new WriteSpeed();
  /** Transfers that were let in. */
  #running = 0;
  #turn = { startedMs: 0, writes: 0 };
  /** Whether users wrote in the last rest: in a turn they may not get to it. */
  #usersWrite = false;
  /** Set while nothing is let in. */
  #rested: Deferred<void> | undefined;

  constructor(options: RepairPaceOptions) {
    this.#options = options;
  }

  /** Waits until a transfer may begin; dispose the result when it is over. */
  async enter(signal: AbortSignal): Promise<Disposable> {
    const { clock, userWrites } = this.#options;
    if (this.#turnIsOver()) this.#rested ??= deferred();
    while (this.#rested) await this.#rested.promise;
    if (this.#running === 0) this.#turn = { startedMs: clock.monotonicMs(), writes: userWrites() };
    this.#running++;
    return { [Symbol.dispose]: () => this.#leave(signal) };
  }

  /** Those that are under way still end within the turn. */
  #turnIsOver(): boolean {
    if (this.#running === 0) return false;
    const { clock, userWrites } = this.#options;
    const { startedMs, writes } = this.#turn;
    if (clock.monotonicMs() - startedMs < LIMITS.repairTurnMs) return false;
    return this.#usersWrite || userWrites() > writes;
  }

  #leave(signal: AbortSignal): void {
    if (--this.#running > 0) return;
    const { clock, userWrites } = this.#options;
    const wrote = userWrites() - this.#turn.writes;
    const tookMs = clock.monotonicMs() - this.#turn.startedMs;
    if (this.#usersWrite || wrote > 0) {
      this.#going.note(wrote, tookMs);
      void this.#rest(tookMs, signal);
    } else {
      this.#open();
    }
  }

  async #rest(wentMs: number, signal: AbortSignal): Promise<void> {
    this.#rested ??= deferred();
    const { clock, userWrites } = this.#options;
    const share = this.#share();
    const restMs = Math.min((wentMs * (1 - share)) / share, LIMITS.repairRestMaxMs);
    const startedMs = clock.monotonicMs();
    const writes = userWrites();
    await sleep(clock, restMs, signal).catch(() => {});
    const wrote = userWrites() - writes;
    this.#usersWrite = wrote > 0;
    this.#resting.note(wrote, clock.monotonicMs() - startedMs);
    this.#open();
  }

  #open(): void {
    const rested = this.#rested;
    this.#rested = undefined;
    rested?.resolve();
  }

  /** Of the time in which repair goes. It always rests a little, or it would not know what it costs. */
  #share(): number {
    const { repairCost, repairShareFirst, repairShareLeast, repairShareMost } = LIMITS;
    if (!this.#resting.isKnown) return repairShareFirst;
    const cost = 1 - this.#going.perMs / this.#resting.perMs;
    return Math.max(repairShareLeast, Math.min(repairShareMost, repairCost / Math.max(cost, 0.01)));
  }
}
