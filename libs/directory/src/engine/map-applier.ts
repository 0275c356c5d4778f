import { HoldfastError, isHoldfastError } from '@holdfast/contracts';
import { type Clock, type Deferred, deferred, reached } from '@holdfast/kernel';
import { type Commit, numbersOf } from './commit.ts';
import { ENGINE_LIMITS } from './limits.ts';
import type { MapKeeper } from './map-keeper.ts';
import type { Overlay } from './overlay.ts';

/**
 * Moves visible commits from the overlay into the map, behind the back of readers, who see them
 * either way. What is not in the map yet is bounded: new transactions wait for room.
 */
export class MapApplier {
  readonly #keeper: MapKeeper;
  readonly #overlay: Overlay<Commit>;
  readonly #clock: Clock;
  readonly #failed: (error: unknown) => void;
  readonly #full: (full: boolean) => void;
  #waiting: Commit[] = [];
  #commits = 0;
  #bytes = 0;
  /** Transactions under way, each of which may become a commit. */
  #entered = 0;
  readonly #waitingForRoom: Deferred<void>[] = [];
  #running: Promise<void> | undefined;
  #paused = false;

  constructor(ports: {
    readonly keeper: MapKeeper;
    readonly overlay: Overlay<Commit>;
    readonly clock: Clock;
    /** The map can take nothing more; lack of space is waited out. */
    readonly failed: (error: unknown) => void;
    /** Whether there is no space for the map at present. */
    readonly full: (full: boolean) => void;
  }) {
    this.#keeper = ports.keeper;
    this.#overlay = ports.overlay;
    this.#clock = ports.clock;
    this.#failed = ports.failed;
    this.#full = ports.full;
  }

  /** Commits that are visible, in order. */
  push(commits: readonly Commit[]): void {
    for (const commit of commits) {
      this.#waiting.push(commit);
      this.#bytes += commit.record.payload.length;
    }
    this.#commits += commits.length;
    this.#start();
  }

  /**
   * Room for a transaction, to be disposed of when it is over; undefined where there is none, and it
   * must wait with `enter`.
   */
  tryEnter(): Disposable | undefined {
    if (this.#waitingForRoom.length > 0 || !this.#roomy) return undefined;
    this.#entered++;
    return this.#room();
  }

  /** Waits for room, in turn. */
  async enter(): Promise<Disposable> {
    if (this.#waitingForRoom.length >= ENGINE_LIMITS.waitingTransactions) {
      throw new HoldfastError(
        'throttled',
        'Too many changes of the directory wait for their turn. Try again in a moment.',
      );
    }
    const turn = deferred();
    this.#waitingForRoom.push(turn);
    await turn.promise;
    return this.#room();
  }

  /** Runs `work` while nothing is put into the map. */
  async paused(work: () => Promise<void>): Promise<void> {
    this.#paused = true;
    await this.#running;
    await work();
    this.#paused = false;
    this.#start();
  }

  /** Resolves when everything is in the map. */
  async drain(): Promise<void> {
    while (this.#running) await this.#running;
  }

  get #roomy(): boolean {
    const { unappliedBytes, unappliedCommits } = ENGINE_LIMITS;
    return this.#bytes < unappliedBytes && this.#commits + this.#entered < unappliedCommits;
  }

  #room(): Disposable {
    let over = false;
    return {
      [Symbol.dispose]: () => {
        if (over) return;
        over = true;
        this.#entered--;
        this.#letIn();
      },
    };
  }

  #letIn(): void {
    while (this.#roomy) {
      const next = this.#waitingForRoom.shift();
      if (!next) return;
      this.#entered++;
      next.resolve();
    }
  }

  #start(): void {
    if (this.#running || this.#paused || this.#waiting.length === 0) return;
    this.#running = this.#apply().then(
      () => {
        this.#running = undefined;
        this.#full(false);
        this.#start();
      },
      (error: unknown) => {
        this.#running = undefined;
        if (isHoldfastError(error, 'no-space')) {
          this.#full(true);
          this.#clock.schedule(ENGINE_LIMITS.noSpacePauseMs, () => this.#start());
        } else {
          this.#failed(error);
        }
      },
    );
  }

  async #apply(): Promise<void> {
    const batch = this.#waiting.slice(0, ENGINE_LIMITS.applyCommits);
    const last = batch.at(-1);
    if (!last) return;
    const counters = await this.#keeper.sumCounters(batch);
    // A counter's value may be in the map before this thread hears of it; were it read from there
    // meanwhile, what these commits add would count twice.
    for (const [name, { value }] of counters) {
      this.#overlay.settleCounter(name, value, last.number);
    }
    await this.#keeper.put(batch, counters);
    POINT: reached('commit.applied', numbersOf(batch));
    this.#waiting.splice(0, batch.length);
    for (const commit of batch) {
      this.#overlay.applied(commit);
      this.#bytes -= commit.record.payload.length;
    }
    this.#commits -= batch.length;
    this.#letIn();
  }
}
