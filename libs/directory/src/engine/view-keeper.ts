import {
  type Agreement,
  type AgreementState,
  DATA_LIMITS,
  type DirectoryId,
  HoldfastError,
  type Journal,
  type RosterEntry,
  type Snapshots,
  type StoreId,
  type View,
  isHoldfastError,
} from '@holdfast/contracts';
import { type Clock, Semaphore, type Timer, reached } from '@holdfast/kernel';
import type { Commit } from './commit.ts';
import type { CommitPipeline } from './commit-pipeline.ts';
import { CopyShipper } from './copy-shipper.ts';
import type { DirectoryTime } from './directory-time.ts';
import type { JournalCopy } from './journal-copy.ts';
import { JournalHolderNotes, type JournalHolders, type LeavingStore } from './journal-holders.ts';
import { ENGINE_LIMITS } from './limits.ts';
import type { RecentRecords } from './recent-records.ts';
import { bridgeGap } from './ship-snapshot.ts';
import type { Standing } from './standing.ts';
import { viewChanges } from './view-record.ts';
import type { WriteSet } from './write-set.ts';

export interface ViewPorts {
  readonly agreement: Agreement;
  readonly clock: Clock;
  readonly pipeline: CommitPipeline;
  readonly records: RecentRecords;
  readonly journal: Journal;
  readonly snapshots: Snapshots | undefined;
  readonly standing: Standing;
  readonly time: DirectoryTime;
  /** A copy cannot be reached, or was dropped from the view. */
  readonly onTrouble: (store: StoreId, error: unknown) => void;
  readonly onDropped: (store: StoreId, why: string) => void;
}

/** A store that follows the journal. */
interface Member {
  readonly shipper: CopyShipper;
  readonly name: string;
}

/**
 * Who is in view: brings copies up to date, lets them in, and puts out those that make no progress.
 * A change of the view is durable in the agreement first, then in the journal of all who remain.
 */
export class ViewKeeper implements Disposable {
  readonly #ports: ViewPorts;
  #state: AgreementState;
  /** Stores that follow, whether in view or not. */
  readonly #members = new Map<StoreId, Member>();
  /** New stores that the journal names already and the agreement does not yet. */
  readonly #enrolling = new Map<StoreId, RosterEntry>();
  /** In this epoch. */
  readonly #holders = new JournalHolderNotes();
  readonly #changing = new Semaphore(1);
  #watchdog: Timer | undefined;
  #closed = false;

  constructor(ports: ViewPorts, state: AgreementState) {
    this.#ports = ports;
    this.#state = state;
  }

  get directory(): DirectoryId {
    return this.#state.directory;
  }

  get epoch(): number {
    return this.#state.epoch;
  }

  /** The stores that commits wait for now; none before the first has joined in this epoch. */
  get view(): View {
    return { number: this.#state.view.number, stores: this.#inView };
  }

  get journalHolders(): JournalHolders {
    return this.#holders.now;
  }

  get #inView(): readonly StoreId[] {
    return this.#holders.now.inView;
  }

  /** The stores of the newest view on record, be it of an epoch before. */
  get lastView(): readonly StoreId[] {
    return this.#state.view.stores;
  }

  /** All copies that follow the journal, in view or not. */
  get copies(): readonly JournalCopy[] {
    return [...this.#members.values()].map(({ shipper }) => shipper.copy);
  }

  get roster(): readonly RosterEntry[] {
    return this.#state.roster;
  }

  /** Takes over an epoch with its view and roster, before the first store has joined. */
  enterEpoch(state: AgreementState): void {
    this.#state = state;
  }

  acked(store: StoreId): number | undefined {
    return this.#members.get(store)?.shipper.acked;
  }

  noteLacking(store: StoreId): void {
    this.#holders.noteLacking(store);
  }

  /** More records wait for the copies. */
  wake(): void {
    for (const { shipper } of this.#members.values()) shipper.wake();
    this.#watch();
  }

  /**
   * Sends the journal to a copy that has it up to `number`, then lets its store into the view, or,
   * where the view is full, lets it follow. Resolves once that is durable.
   */
  async join(copy: JournalCopy, number: number): Promise<void> {
    this.#checkEnrolment(copy);
    const lag = this.#ports.records.last - number;
    if (lag > ENGINE_LIMITS.joinLagRecords && this.#inView.length > 1) {
      // Commits need not wait until it has caught up.
      await this.drop(copy.store, 'It has to catch up with the journal.');
    }
    const { journal, snapshots } = this.#ports;
    const epoch = this.#state.epoch;
    const from = await bridgeGap(copy, number, { journal, snapshots, epoch });
    const shipper = this.#follow(copy, from);
    try {
      await shipper.caughtUp;
      POINT: reached('view.caught-up', [copy.name]);
      await this.#admit(copy, shipper);
    } catch (error) {
      if (this.#members.get(copy.store)?.shipper === shipper) await this.drop(copy.store, 'failed');
      throw error;
    }
  }

  /** Stops following a store, and changes the view if it was in it. */
  async drop(store: StoreId, why: string): Promise<void> {
    using _turn = await this.#changing.acquire();
    const member = this.#members.get(store);
    member?.shipper[Symbol.dispose]();
    this.#members.delete(store);
    this.#enrolling.delete(store);
    if (this.#closed || !this.#inView.includes(store)) return;
    await this.#change(
      this.#inView.filter((other) => other !== store),
      this.#state.roster,
      member && { store, acked: member.shipper.acked },
    );
    this.#ports.onDropped(store, why);
  }

  /** Steps down if the agreement names a later epoch. */
  async confirmEpoch(): Promise<void> {
    const state = await this.#ports.agreement.read();
    if (this.#closed || state?.epoch === this.#state.epoch) return;
    this.#stepDown(`It is epoch ${state?.epoch ?? 'unknown'} now, not ${this.#state.epoch}.`);
  }

  /** Takes a store off the roster for good. */
  async retire(store: StoreId): Promise<void> {
    using _turn = await this.#changing.acquire();
    this.#members.get(store)?.shipper[Symbol.dispose]();
    this.#members.delete(store);
    this.#enrolling.delete(store);
    const roster = this.#state.roster.filter((entry) => entry.store !== store);
    await this.#change(
      this.#inView.filter((other) => other !== store),
      roster,
    );
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#watchdog?.cancel();
    for (const { shipper } of this.#members.values()) shipper[Symbol.dispose]();
    this.#members.clear();
  }

  /**
   * A new store enrols only beside an enrolled one: else a frontend whose stores are all away would
   * begin a second history with a stranger.
   */
  #checkEnrolment({ store, name }: RosterEntry): void {
    const { roster } = this.#state;
    const known = roster.length === 0 || roster.some((entry) => entry.store === store);
    if (known || this.#inView.length > 0) return;
    const names = roster.map((entry) => entry.name).join(', ');
    throw new HoldfastError(
      'unavailable',
      `The new store of ${name} can join once one of the enrolled ones is there: ${names}. ` +
        'Start one of them.',
    );
  }

  #follow(copy: JournalCopy, number: number): CopyShipper {
    const { store, name } = copy;
    const shipper: CopyShipper = new CopyShipper(copy, number, {
      epoch: this.#state.epoch,
      records: this.#ports.records,
      clock: this.#ports.clock,
      events: {
        progress: () => this.#ports.pipeline.advance(),
        trouble: (error) => this.#ports.onTrouble(store, error),
        hopeless: (error) => this.#giveUp(store, shipper, error),
      },
    });
    this.#members.get(store)?.shipper[Symbol.dispose]();
    this.#members.set(store, { shipper, name });
    if (this.#inView.includes(store)) this.#ports.pipeline.replaceView(this.#shippersInView());
    return shipper;
  }

  async #admit({ store, name }: JournalCopy, shipper: CopyShipper): Promise<void> {
    await this.#announce({ store, name }, shipper);
    let recorded: Commit;
    {
      using _turn = await this.#changing.acquire();
      if (this.#members.get(store)?.shipper !== shipper) throw superseded(name);
      const roster = [
        ...this.#state.roster.filter((entry) => entry.store !== store),
        { store, name },
      ];
      const sameName = this.#state.roster.some((e) => e.store === store && e.name === name);
      if (this.#inView.includes(store) && sameName) return;
      const full = this.#inView.length >= DATA_LIMITS.viewStores;
      const view = full || this.#inView.includes(store) ? this.#inView : [...this.#inView, store];
      this.#enrolling.delete(store);
      recorded = await this.#change(view, roster);
    }
    // Not in turn: if a store stalls now, dropping it is what lets this become durable.
    await recorded.settled.promise;
    POINT: reached('view.recorded', [name]);
    this.#ports.standing.serve();
  }

  /**
   * Puts a new store's name on record on the enrolled ones in view, before anything can rest on it
   * alone: a rebuild from any of them then knows that it is missing (§P11). A frontend that ends before
   * the agreement has it, too, enrols it anew.
   */
  async #announce(entry: RosterEntry, shipper: CopyShipper): Promise<void> {
    let announced: Commit;
    {
      using _turn = await this.#changing.acquire();
      if (this.#members.get(entry.store)?.shipper !== shipper) throw superseded(entry.name);
      const { roster } = this.#state;
      if (roster.length === 0 || roster.some(({ store }) => store === entry.store)) return;
      this.#checkEnrolment(entry);
      this.#enrolling.set(entry.store, entry);
      announced = this.#ports.pipeline.sequence(this.#record(), true);
    }
    await announced.settled.promise;
  }

  /** What the journal is to say of the view. */
  #record(): WriteSet {
    const roster = [...this.#state.roster, ...this.#enrolling.values()];
    return viewChanges({ ...this.#state, roster });
  }

  /** To be called in turn. The result is the view's record, which is not durable yet. */
  async #change(
    stores: readonly StoreId[],
    roster: readonly RosterEntry[],
    leaving?: LeavingStore,
  ): Promise<Commit> {
    const { agreement, pipeline, standing, time } = this.#ports;
    const view = { number: this.#state.view.number + 1, stores: this.#filled(stores) };
    try {
      this.#state = await agreement.update(this.#state.epoch, view, roster);
    } catch (error) {
      if (isHoldfastError(error, 'stale-epoch')) this.#stepDown(error.message);
      throw error;
    }
    POINT: reached('view.agreed');
    this.#holders.viewChanged({
      inView: view.stores,
      roster: roster.map(({ store }) => store),
      leaving,
      newest: pipeline.newest,
      nowMs: time.nowMs(),
    });
    const commit = pipeline.setView(this.#shippersInView(), this.#record());
    this.#holders.viewRecorded(commit.number);
    standing.refuseWrites(view.stores.length > 0 ? undefined : NO_STORE);
    return commit;
  }

  /** Stores that follow without being waited for move up where there is room. */
  #filled(stores: readonly StoreId[]): readonly StoreId[] {
    if (stores.length === 0 || stores.length >= this.#inView.length) return stores;
    const next = [...this.#members].find(
      ([store, { shipper }]) =>
        !stores.includes(store) &&
        !this.#inView.includes(store) &&
        this.#state.roster.some((entry) => entry.store === store) &&
        this.#ports.records.last - shipper.acked <= ENGINE_LIMITS.joinLagRecords,
    );
    return next ? [...stores, next[0]] : stores;
  }

  #shippersInView(): Map<StoreId, CopyShipper> {
    const shippers = new Map<StoreId, CopyShipper>();
    for (const store of this.#inView) {
      const member = this.#members.get(store);
      if (member) shippers.set(store, member.shipper);
    }
    return shippers;
  }

  #giveUp(store: StoreId, shipper: CopyShipper, error: unknown): void {
    this.#ports.onTrouble(store, error);
    if (isHoldfastError(error, 'stale-epoch')) this.#stepDown(error.message);
    else if (this.#members.get(store)?.shipper === shipper) this.#dropLater(store, String(error));
  }

  /** Another coordinator commands: this one must not acknowledge anything any more. */
  #stepDown(message: string): void {
    this.#ports.standing.refuse({
      code: 'stale-epoch',
      message: `Another frontend has become coordinator, so this one stops. ${message}`,
    });
  }

  #dropLater(store: StoreId, why: string): void {
    this.drop(store, why).catch((error: unknown) => this.#ports.onTrouble(store, error));
  }

  /** Looks now and then, while there is something to wait for, whether everybody makes progress. */
  #watch(): void {
    if (this.#watchdog || this.#closed) return;
    const { clock } = this.#ports;
    const dueMs = clock.monotonicMs() + ENGINE_LIMITS.watchdogMs;
    this.#watchdog = clock.schedule(ENGINE_LIMITS.watchdogMs, () => {
      this.#watchdog = undefined;
      const lateMs = clock.monotonicMs() - dueMs;
      if (lateMs > ENGINE_LIMITS.watchdogLateMs) this.#pardon(lateMs);
      this.#dropStalled();
    });
  }

  /** This process itself was stopped for so long: no answer could be noticed. */
  #pardon(missedMs: number): void {
    for (const { shipper } of this.#members.values()) shipper.pardon(missedMs);
  }

  #dropStalled(): void {
    const stalledMs = this.#inView.map((store) => this.#stalledMs(store));
    const leastMs = Math.min(...stalledMs);
    for (const [i, store] of this.#inView.entries()) {
      const ownMs = stalledMs[i] ?? 0;
      // A disk or a network that all of them share holds up all of them.
      const othersGoOn = leastMs <= ownMs / 2;
      const boundMs = othersGoOn ? ENGINE_LIMITS.stallMs : ENGINE_LIMITS.lastStallMs;
      if (ownMs < boundMs) continue;
      this.#dropLater(store, `It made no progress for ${boundMs / 1_000} s.`);
    }
    if (stalledMs.some((ms) => ms > 0)) this.#watch();
  }

  /** Without end for a store that is followed no more but could not be put out of the view yet. */
  #stalledMs(store: StoreId): number {
    return this.#members.get(store)?.shipper.stalledMs ?? Number.POSITIVE_INFINITY;
  }
}

const NO_STORE = {
  code: 'read-only',
  message:
    'No file server is in view, so nothing can be changed; reading goes on. ' +
    'Changes are possible again as soon as one file server is back.',
} as const;

function superseded(name: string): HoldfastError {
  return new HoldfastError(
    'unavailable',
    `The store of ${name} registered anew while it joined. The newer registration counts.`,
  );
}
