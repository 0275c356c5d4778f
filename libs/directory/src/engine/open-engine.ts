import {
  type AgreementState,
  type CallNumber,
  HoldfastError,
  type LostTail,
  type QueriedAhead,
  type ReadTransaction,
  type Snapshots,
  type StoreId,
  type TransactOptions,
  type WriteTransaction,
  isHoldfastError,
  lineageOf,
  lostTail,
} from '@holdfast/contracts';
import { type TupleElement, reached } from '@holdfast/kernel';
import { adoptRecords } from './adopt-records.ts';
import type { Commit } from './commit.ts';
import { CommitFollowers, type FollowedCommit } from './commit-followers.ts';
import { CommitPipeline } from './commit-pipeline.ts';
import { compareCopy, compareLost } from './compare-copy.ts';
import { type CopyTarget, copyOut } from './copy-out.ts';
import { emptyBesides } from './copy-faults.ts';
import { judgeCopy } from './judge-copy.ts';
import { enterEpoch } from './enter-epoch.ts';
import { type DecodingMap, decodingMap } from './decoding-map.ts';
import { DirectoryTime } from './directory-time.ts';
import type { Engine, EnginePorts, EngineStatus } from './engine.ts';
import type { CopyStand, JournalCopy } from './journal-copy.ts';
import type { JournalHolders } from './journal-holders.ts';
import { ENGINE_LIMITS } from './limits.ts';
import { MapApplier } from './map-applier.ts';
import { MapKeeper } from './map-keeper.ts';
import { MapRebuilder } from './map-rebuilder.ts';
import { Overlay } from './overlay.ts';
import { RecentRecords } from './recent-records.ts';
import { RecentWrites } from './recent-writes.ts';
import { Replies } from './replies.ts';
import { restoreOrSetAside } from './restore-or-set-aside.ts';
import { setAsideGivenUp } from './set-aside-given-up.ts';
import { selfHealingMap } from './self-healing-map.ts';
import { type DirectoryFindings, scrubDirectory } from './engine-scrub.ts';
import { journalOrCopies, piecesOrCopies } from './second-sources.ts';
import { SnapshotKeeper } from './snapshot-keeper.ts';
import { StartGathering } from './start-gathering.ts';
import { Standing } from './standing.ts';
import { Transactor } from './transactor.ts';
import { ViewKeeper } from './view-keeper.ts';

/**
 * Replays the journal into the map, takes a new epoch, and waits for stores to join. A journal that is
 * damaged, or was set aside for that before, is made anew from theirs. Rejects with `unavailable` while
 * another frontend coordinates.
 */
export async function openEngine(given: EnginePorts): Promise<Engine> {
  const ports = { ...given, map: decodingMap(given.map) };
  const keeper = new MapKeeper(ports.map, ports);
  await restoreOrSetAside(keeper, ports);
  const state = await enterEpoch(ports);
  POINT: reached('start.epoch-taken');
  const engine = new DirectoryEngine(ports, keeper, state);
  await engine.begin();
  return engine;
}

type Ports = EnginePorts & { readonly map: DecodingMap };

class DirectoryEngine implements Engine {
  readonly #ports: Ports;
  readonly #keeper: MapKeeper;
  readonly #map: DecodingMap;
  readonly #standing: Standing;
  readonly #time: DirectoryTime;
  readonly #records: RecentRecords;
  readonly #pipeline: CommitPipeline;
  readonly #applier: MapApplier;
  readonly #replies = new Replies();
  readonly #followers = new CommitFollowers();
  readonly #visibleWrites = new RecentWrites();
  readonly #views: ViewKeeper;
  readonly #transactor: Transactor;
  readonly #gathering: StartGathering;
  /** The stores that the start lets in. */
  readonly #joining = new Map<JournalCopy, Promise<void>>();
  readonly #snapshots: SnapshotKeeper | undefined;
  readonly #rebuilder: MapRebuilder;

  constructor(ports: Ports, keeper: MapKeeper, state: AgreementState) {
    const { journal, hasher, clock } = ports;
    const overlay = new Overlay<Commit>();
    const sequenced = new RecentWrites();
    this.#ports = ports;
    this.#keeper = keeper;
    this.#standing = new Standing('The directory waits for the first of its file servers.');
    this.#standing.watch(() => this.#stopIfRefused());
    this.#rebuilder = new MapRebuilder({
      standing: this.#standing,
      rebuild: () => this.#rebuildMap(),
      onDamage: (damage) => ports.onDamage?.(damage),
    });
    this.#map = selfHealingMap(ports.map, (damage) => this.#rebuilder.damaged(damage));
    this.#time = new DirectoryTime(clock);
    this.#records = new RecentRecords(journal);
    this.#applier = new MapApplier({
      keeper,
      overlay,
      clock,
      failed: (error) => this.#rebuilder.failed(error),
      full: (full) => this.#pipeline.mapFull(full),
    });
    this.#pipeline = new CommitPipeline({
      journal,
      hasher,
      clock,
      time: this.#time,
      records: this.#records,
      overlay,
      sequenced,
      alone: ports.mode === 'alone',
      events: {
        journaled: () => this.#views.wake(),
        visible: (commits) => this.#visible(commits),
        poisoned: ({ code, message }) => this.#standing.endWrites({ code, message }),
      },
    });
    this.#views = new ViewKeeper(
      {
        agreement: ports.agreement,
        clock,
        pipeline: this.#pipeline,
        records: this.#records,
        journal,
        snapshots: ports.snapshots,
        standing: this.#standing,
        time: this.#time,
        onTrouble: (store, error) => ports.onTrouble?.(store, error),
        onDropped: (store, why) => ports.onDropped?.(store, why),
      },
      state,
    );
    this.#snapshots = ports.snapshots && this.#snapshotKeeper(ports.snapshots);
    this.#gathering = new StartGathering({
      clock,
      compare: ({ copy, stand }) => compareCopy(journal, copy, stand.tail),
      lastView: () => this.#views.lastView,
      roster: () => this.#views.roster,
      restored: ports.restored ?? false,
      compareLost: (lost) => compareLost(journal, lost),
      number: () => journal.tail.number,
      lost: () => this.#lost,
      empty: () => journal.tail.number === 0 && !this.#lost,
      adopt: (copy) => this.#adopt(copy),
      outbid: (epoch) => this.#outbid(epoch),
      refuse: (why) => this.#refuse(why),
      wait: (reason) => this.#standing.wait(reason),
      start: (heard) => this.#start(heard),
    });
    const layers = { map: this.#map, overlay };
    this.#transactor = new Transactor({
      clock,
      time: this.#time,
      pipeline: this.#pipeline,
      applier: this.#applier,
      replies: this.#replies,
      newest: { ...layers, horizon: () => Number.POSITIVE_INFINITY, recent: sequenced },
      visible: {
        ...layers,
        horizon: () => this.#pipeline.visible,
        recent: this.#visibleWrites,
      },
      epoch: () => this.#views.epoch,
      checkRead: () => this.#standing.checkRead(),
      checkWrite: () => this.#standing.checkWrite(),
    });
  }

  get status(): EngineStatus {
    return {
      state: this.#standing.state,
      writable: this.#standing.writable,
      reason: this.#standing.reason,
      directory: this.#views.directory,
      epoch: this.#views.epoch,
      commits: this.#pipeline.visible,
      nowMs: this.#time.nowMs(),
      view: this.#views.view,
      roster: this.#views.roster,
    };
  }

  /** To be called once, before anything else. */
  async begin(): Promise<void> {
    await this.#takeOver();
    if (this.#ports.mode === 'alone') this.#standing.serve();
    else if (this.#records.last === 0 && !this.#lost && this.#views.roster.length > 0)
      this.#refuse(emptyBesides(this.#views.roster.map(({ name }) => name)));
    else this.#gathering.announce();
  }

  transact<T>(
    body: (tx: WriteTransaction) => Promise<T>,
    call?: CallNumber,
    options?: TransactOptions,
  ): Promise<T> {
    return this.#transactor.transact(body, call, options);
  }

  query<T>(body: (tx: ReadTransaction) => Promise<T>): Promise<T> {
    return this.#transactor.query(body);
  }

  get journalHolders(): JournalHolders {
    return this.#views.journalHolders;
  }

  noteLacking(store: StoreId): void {
    this.#views.noteLacking(store);
  }

  queryAhead<T>(body: (tx: ReadTransaction) => Promise<T>): Promise<QueriedAhead<T> | undefined> {
    return this.#transactor.queryAhead(body);
  }

  onStatus(listener: (status: EngineStatus) => void): Disposable {
    return this.#standing.watch(() => listener(this.status));
  }

  follow(prefix: readonly TupleElement[], listener: (commit: FollowedCommit) => void): Disposable {
    return this.#followers.add(prefix, listener);
  }

  async joinView(copy: JournalCopy): Promise<'joined' | 'waiting'> {
    this.#standing.checkJoin();
    const { journal } = this.#ports;
    const found = await copy.stand();
    const stand = await setAsideGivenUp(copy, found, { journal, epoch: this.#views.epoch });
    if (!this.#gathering.over && (await this.#gathering.hear(copy, stand))) {
      // The start joins what was heard; whoever completes it waits for its own store.
      const joining = this.#joining.get(copy);
      if (!joining) return 'waiting';
      await joining;
      return 'joined';
    }
    const verdict = await judgeCopy(journal, copy, { stand, epoch: this.#views.epoch });
    if (verdict.stop) this.#refuse(verdict.stop);
    if (verdict.fault) throw verdict.fault;
    await this.#views.join(copy, stand.tail.number);
    return 'joined';
  }

  meetStranger(name: string): void {
    if (this.#records.last === 0 && !this.#lost) this.#refuse(emptyBesides([name]));
  }

  async backUp(target: CopyTarget): Promise<AgreementState> {
    this.#standing.checkRead();
    await copyOut({ ...this.#ports, upTo: this.#pipeline.visible }, target);
    const { directory, epoch, view, roster } = this.status;
    return { directory, epoch, view, roster };
  }

  async scrub(onRead: (bytes: number) => Promise<void>): Promise<DirectoryFindings> {
    this.#standing.checkRead();
    const { snapshots } = this.#ports;
    const keeper = this.#snapshots;
    if (!snapshots || !keeper) return { damage: [], repaired: 0 };
    const rebuilt = (): Promise<void> => this.#rebuilder.done();
    return await scrubDirectory({ ...this.#ports, snapshots, keeper, rebuilt, onRead });
  }

  async dropFromView(store: StoreId, why: string): Promise<void> {
    await this.#views.drop(store, why);
  }

  async confirmEpoch(): Promise<void> {
    await this.#views.confirmEpoch();
  }

  async retire(store: StoreId): Promise<void> {
    await this.#views.retire(store);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#standing.state === 'closed') return;
    this.#standing.close();
    this.#gathering[Symbol.dispose]();
    this.#views[Symbol.dispose]();
    await this.#snapshots?.[Symbol.asyncDispose]();
    this.#pipeline.giveUp(() => new HoldfastError('unavailable', 'The frontend shuts down.'));
    await this.#pipeline.idle();
    await this.#applier.drain();
    await this.#keeper.persist();
  }

  /**
   * How far our journal was before it was damaged, if it is to be made anew from the stores: not
   * where a rebuild has given that up, nor where it is not known which stores these are.
   */
  get #lost(): LostTail | undefined {
    const lost = lostTail(this.#ports.journal);
    const { epoch, roster } = this.#views;
    const isKnown = roster.length > 0 && this.#ports.mode !== 'alone';
    return lost && isKnown && lineageOf(lost.epoch) === lineageOf(epoch) ? lost : undefined;
  }

  /** Goes on from what journal and map have now. */
  async #takeOver(): Promise<void> {
    this.#records.restart();
    this.#pipeline.restart(this.#views.epoch);
    this.#time.start(this.#keeper.timeMs);
    await this.#loadReplies();
  }

  /** It is the first to read much of the map: damage that it meets must not keep all from starting. */
  async #loadReplies(): Promise<void> {
    const { map, journal } = this.#ports;
    try {
      await this.#replies.load(map, this.#time.nowMs());
    } catch (error) {
      if (!isHoldfastError(error, 'damaged')) throw error;
      this.#ports.onDamage?.(error);
      await this.#keeper.rebuild(journal);
      await this.#replies.load(map, this.#time.nowMs());
    }
  }

  async #adopt(copy: JournalCopy): Promise<void> {
    await adoptRecords(copy, { ...this.#ports, keeper: this.#keeper });
    this.#views.enterEpoch(await enterEpoch(this.#ports));
    await this.#takeOver();
  }

  async #outbid(epoch: number): Promise<void> {
    if (epoch <= this.#views.epoch) return;
    this.#views.enterEpoch(await enterEpoch(this.#ports, epoch));
    this.#pipeline.restart(this.#views.epoch);
  }

  #start(heard: readonly { copy: JournalCopy; stand: CopyStand }[]): void {
    for (const { copy, stand } of heard) {
      const number = Math.min(stand.tail.number, this.#records.last);
      const joining = this.#views.join(copy, number);
      joining.catch((error: unknown) => this.#ports.onTrouble?.(copy.store, error));
      this.#joining.set(copy, joining);
    }
  }

  #refuse({ code, message }: HoldfastError): void {
    this.#standing.refuse({ code, message });
  }

  #stopIfRefused(): void {
    if (this.#standing.state !== 'refused') return;
    const { reason } = this.#standing;
    this.#pipeline.hold();
    this.#views[Symbol.dispose]();
    this.#pipeline.giveUp(() => new HoldfastError('unavailable', reason));
  }

  #visible(commits: readonly Commit[]): void {
    for (const { changes } of commits) this.#visibleWrites.written(changes.decidedKeys());
    this.#applier.push(commits);
    this.#followers.tell(commits);
    this.#snapshots?.consider();
  }

  #snapshotKeeper(snapshots: Snapshots): SnapshotKeeper {
    const { journal, hasher } = this.#ports;
    const copies = (): readonly JournalCopy[] => this.#views.copies;
    return new SnapshotKeeper({
      ...this.#ports,
      snapshots,
      keeper: this.#keeper,
      epoch: () => this.#views.epoch,
      copies: () => this.#views.copies,
      inView: () => this.#views.view.stores,
      bytes: this.#ports.snapshotBytes ?? ENGINE_LIMITS.snapshotBytes,
      marginRecords: this.#ports.snapshotMarginRecords ?? ENGINE_LIMITS.snapshotMarginRecords,
      onTrouble: (store, error) => this.#ports.onTrouble?.(store, error),
      sources: {
        journal: journalOrCopies(journal, hasher, copies),
        pieces: piecesOrCopies(snapshots, copies),
      },
      onMapDamage: (damage) => this.#rebuilder.damaged(damage),
    });
  }

  #rebuildMap(): Promise<void> {
    const { journal, hasher, snapshots } = this.#ports;
    const copies = (): readonly JournalCopy[] => this.#views.copies;
    const whole = journalOrCopies(journal, hasher, copies);
    const pieces = snapshots && piecesOrCopies(snapshots, copies);
    return this.#applier.paused(() => this.#keeper.rebuild(whole, pieces));
  }
}
