import type { StoreId } from '@holdfast/contracts';
import { type Clock, type Deferred, deferred, sleep } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { Collector } from './collector.ts';
import type { Inventory } from './inventory.ts';
import type { Member } from './member.ts';
import type { Members } from './members.ts';
import type { PlacementKeeper } from './placement-keeper.ts';
import type { Repair } from './repair.ts';
import type { Retirement } from './retirement.ts';
import type { StoreNotes } from './store-notes.ts';
import type { Strays } from './strays.ts';

export interface UpkeepOptions {
  readonly members: Members;
  readonly repair: Repair;
  readonly collector: Collector;
  readonly inventory: Inventory;
  readonly strays: Strays;
  readonly notes: StoreNotes;
  readonly placements: PlacementKeeper;
  readonly retirement: Retirement;
  readonly clock: Clock;
  /** False while nothing can be committed; then upkeep waits. */
  readonly writable: () => boolean;
  readonly onProblem: (task: string, error: unknown) => void;
}

/** What a cluster does by itself in the background: repair, collection, noting positions (§P6). */
export class Upkeep implements AsyncDisposable {
  readonly #options: UpkeepOptions;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];
  readonly #listening: Disposable;
  readonly #sweeping = new Map<StoreId, AbortController>();
  #repairWanted: Deferred<void> = deferred();

  constructor(options: UpkeepOptions) {
    this.#options = options;
    this.#listening = options.members.onChange((member) => {
      if (member.live) void this.#sweepWhileLive(member);
    });
  }

  start(): void {
    this.#running.push(
      this.#repairForEver(),
      this.#collectForEver(),
      this.#every(LIMITS.noteEveryMs, 'noting how far stores are', () => this.#note()),
      this.#every(LIMITS.rosterEveryMs, 'following the roster', () => this.#followRoster()),
    );
  }

  /** Something became under-replicated that may be repaired at once. */
  wantRepair(): void {
    this.#repairWanted.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listening[Symbol.dispose]();
    this.#stop.abort(new Error('The upkeep was stopped.'));
    this.#repairWanted.resolve();
    await Promise.allSettled(this.#running);
  }

  async #note(): Promise<void> {
    const { notes } = this.#options;
    await notes.recall();
    await notes.note();
  }

  async #followRoster(): Promise<void> {
    const { placements, retirement } = this.#options;
    await placements.round();
    await retirement.round();
  }

  /**
   * Looks at once, and again and again, for what nobody refers to: a write that failed, or a call that
   * arrived after it had been given up, leaves chunks that the directory has never heard of.
   */
  async #sweepWhileLive(member: Member): Promise<void> {
    const { inventory, clock } = this.#options;
    const { signal } = this.#stop;
    // Who comes back before the pause is over is looked through once, not twice as often.
    const turn = new AbortController();
    this.#sweeping.get(member.store)?.abort();
    this.#sweeping.set(member.store, turn);
    const over = AbortSignal.any([signal, turn.signal]);
    this.wantRepair();
    while (member.live && !over.aborted) {
      const startedMs = clock.monotonicMs();
      await this.#attempt(`the inventory of ${member.name}`, () => inventory.sweep(member));
      const pauseMs = LIMITS.sweepPause * (clock.monotonicMs() - startedMs);
      await this.#sweepDue(member, pauseMs, over);
    }
  }

  /** Waits until the store is to be looked through again, but not for less than `leastMs`. */
  async #sweepDue({ store }: Member, leastMs: number, over: AbortSignal): Promise<void> {
    const { strays, clock } = this.#options;
    const sinceMs = clock.monotonicMs();
    while (!over.aborted) {
      await sleep(clock, LIMITS.sweepSoonMs, over).catch(() => {});
      const soon = strays.hasUnnoted(store);
      const pauseMs = Math.max(leastMs, soon ? LIMITS.sweepSoonMs : LIMITS.sweepEveryMs);
      if (clock.monotonicMs() - sinceMs >= pauseMs) return;
    }
  }

  /** Where a round ended at its bound the next one follows soon, with room for others between them. */
  async #collectForEver(): Promise<void> {
    const { collector, clock } = this.#options;
    const { signal } = this.#stop;
    let pauseMs: number = LIMITS.collectEveryMs;
    while (!signal.aborted) {
      await sleep(clock, pauseMs, signal).catch(() => {});
      const startedMs = clock.monotonicMs();
      let more = false;
      await this.#attempt('collection', async () => {
        more = await collector.round();
      });
      const tookMs = clock.monotonicMs() - startedMs;
      pauseMs = more
        ? Math.max(LIMITS.collectSoonMs, LIMITS.collectPause * tookMs)
        : LIMITS.collectEveryMs;
    }
  }

  async #repairForEver(): Promise<void> {
    const { members, repair, clock } = this.#options;
    const { signal } = this.#stop;
    let pauseMs: number = LIMITS.repairEveryMs;
    while (!signal.aborted) {
      const timer = clock.schedule(pauseMs, () => this.#repairWanted.resolve());
      await this.#repairWanted.promise;
      timer.cancel();
      this.#repairWanted = deferred();
      const startedMs = clock.monotonicMs();
      pauseMs = LIMITS.repairEveryMs;
      await this.#attempt('repair', async () => {
        const { planned, repaired } = await repair.round(signal);
        // Much may lack copies that no server can take now: to find that out again and again is work, too.
        if (planned === 0) {
          const tookMs = clock.monotonicMs() - startedMs;
          pauseMs = Math.max(LIMITS.repairEveryMs, LIMITS.repairPause * tookMs);
        }
        if (repaired === 0) return;
        if ((await repair.left()) === 0)
          members.emit('repair-done', 'All files have all their copies again');
        else this.wantRepair();
      });
    }
  }

  async #every(pauseMs: number, task: string, run: () => Promise<void>): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await sleep(this.#options.clock, pauseMs, signal).catch(() => {});
      await this.#attempt(task, run);
    }
  }

  async #attempt(task: string, run: () => Promise<void>): Promise<void> {
    const { writable, onProblem } = this.#options;
    if (this.#stop.signal.aborted || !writable()) return;
    await run().catch((error: unknown) => {
      if (!this.#stop.signal.aborted) onProblem(task, error);
    });
  }
}
