import {
  DATA_LIMITS,
  HoldfastError,
  type Hasher,
  type Journal,
  type JournalTail,
  type StoreId,
  isHoldfastError,
  nextRecord,
  recordBytes,
  tailOf,
} from '@holdfast/contracts';
import { type Clock, deferred, reached } from '@holdfast/kernel';
import { type Commit, CommitAborted, numbersOf } from './commit.ts';
import { encodePayload } from './commit-payload.ts';
import type { DirectoryTime } from './directory-time.ts';
import { ENGINE_LIMITS } from './limits.ts';
import type { Overlay } from './overlay.ts';
import type { RecentRecords } from './recent-records.ts';
import type { RecentWrites } from './recent-writes.ts';
import type { WriteSet } from './write-set.ts';

/** Where a store in view is. */
interface Acknowledged {
  readonly acked: number;
}

export interface PipelinePorts {
  readonly journal: Journal;
  readonly hasher: Hasher;
  readonly clock: Clock;
  readonly time: DirectoryTime;
  readonly records: RecentRecords;
  readonly overlay: Overlay<Commit>;
  /** Told of each commit as it takes its place. */
  readonly sequenced: RecentWrites;
  /** Commits wait for the local journal alone. */
  readonly alone: boolean;
  readonly events: {
    /** More records are in the local journal. */
    readonly journaled: () => void;
    /** Called in order of the commits, before any of them is acknowledged. */
    readonly visible: (commits: readonly Commit[]) => void;
    /** The local journal can take nothing more for good. */
    readonly poisoned: (error: HoldfastError) => void;
  };
}

/**
 * The way of a commit: its place in the chain → the local journal's stable storage → the stable
 * storage of every store in view → visible → acknowledged. Batches overtake nothing (§P1, §P3).
 */
export class CommitPipeline {
  readonly #ports: PipelinePorts;
  #epoch = 0;
  #tail: JournalTail;
  #journaledTail: JournalTail;
  #visible: number;
  #unjournaled: Commit[] = [];
  #invisible: Commit[] = [];
  #view: ReadonlyMap<StoreId, Acknowledged> = new Map();
  /** The commit that says who is in view; nothing is acknowledged before it is. */
  #viewCommit: Commit | undefined;
  /** There was no space for that commit, and it has no place yet. */
  #viewUnplaced = false;
  #journaling: Promise<void> | undefined;
  #holds = 0;
  #fullUntilMs = Number.NEGATIVE_INFINITY;
  #mapFull = false;
  #failed: HoldfastError | undefined;

  constructor(ports: PipelinePorts) {
    this.#ports = ports;
    this.#tail = ports.journal.tail;
    this.#journaledTail = this.#tail;
    this.#visible = this.#tail.number;
  }

  /** The number of the newest commit that has its place. */
  get newest(): number {
    return this.#tail.number;
  }

  /** The number of the newest commit that readers see. */
  get visible(): number {
    return this.#visible;
  }

  /** Goes on from where the journal is now, all of which is in the map; in a new epoch. */
  restart(epoch: number): void {
    this.#epoch = epoch;
    this.#tail = this.#ports.journal.tail;
    this.#journaledTail = this.#tail;
    this.#visible = this.#tail.number;
  }

  /**
   * Gives the changes their place; from now on later transactions build on them. Throws
   * `limit-exceeded` for too many bytes, `no-space` while there is none for such commits, and
   * `poisoned`.
   */
  sequence(changes: WriteSet, frees: boolean): Commit {
    const { clock, hasher, overlay, sequenced, time } = this.#ports;
    if (this.#failed) throw this.#failed;
    const full = this.#mapFull || clock.monotonicMs() < this.#fullUntilMs;
    if (full && !frees) throw noSpace();
    const timeMs = time.nowMs();
    const payload = encodePayload({ timeMs, changes });
    checkSize(payload.length);
    const record = nextRecord(hasher, this.#tail, this.#epoch, payload);
    const commit = { number: record.number, record, timeMs, changes, frees, settled: deferred() };
    this.#tail = tailOf(record);
    overlay.push(commit);
    sequenced.written(changes.decidedKeys());
    this.#unjournaled.push(commit);
    this.#invisible.push(commit);
    POINT: reached('commit.placed', [commit.number]);
    this.#journaling ??= this.#journal();
    return commit;
  }

  /**
   * From now on commits wait for these stores, and nothing is acknowledged before `changes`, which
   * say so, are on all of them.
   */
  setView(view: ReadonlyMap<StoreId, Acknowledged>, changes: WriteSet): Commit {
    this.#view = view;
    if (view.size === 0) this.#giveUpWaiting();
    this.#viewUnplaced = false;
    this.#viewCommit = this.sequence(changes, true);
    return this.#viewCommit;
  }

  /** Puts another shipper in the place of a store's, with the view as it was. */
  replaceView(view: ReadonlyMap<StoreId, Acknowledged>): void {
    this.#view = view;
    this.advance();
  }

  /** Nothing becomes visible until the result is disposed. */
  hold(): Disposable {
    let held = true;
    this.#holds++;
    return {
      [Symbol.dispose]: () => {
        if (!held) return;
        held = false;
        this.#holds--;
        this.advance();
      },
    };
  }

  /** Makes visible, and acknowledges, what everyone in view has. */
  advance(): void {
    if (this.#holds > 0 || this.#viewUnplaced) return;
    const durable = this.#durable();
    if (this.#viewCommit && durable < this.#viewCommit.number) return;
    let count = 0;
    while ((this.#invisible[count]?.number ?? Number.POSITIVE_INFINITY) <= durable) count++;
    if (count === 0) return;
    const commits = this.#invisible.splice(0, count);
    POINT: reached('commit.on-stores', numbersOf(commits));
    this.#visible = commits.at(-1)?.number ?? this.#visible;
    this.#viewCommit = undefined;
    this.#ports.events.visible(commits);
    POINT: reached('commit.visible', numbersOf(commits));
    for (const { settled } of commits) settled.resolve();
  }

  /** Rejects what waits, whatever becomes of it. */
  giveUp(reason: () => Error): void {
    for (const commit of this.#invisible) {
      commit.settled.reject(reason());
      commit.settled = deferred();
    }
  }

  /**
   * While there is no space for the map only commits that free some are taken: what is not in it
   * must find room there when this frontend starts again.
   */
  mapFull(full: boolean): void {
    this.#mapFull = full;
  }

  /** Resolves when nothing is on its way into the local journal. */
  async idle(): Promise<void> {
    await this.#journaling;
  }

  #durable(): number {
    const journaled = this.#journaledTail.number;
    if (this.#ports.alone) return journaled;
    let durable = this.#view.size > 0 ? journaled : 0;
    for (const { acked } of this.#view.values()) durable = Math.min(durable, acked);
    return durable;
  }

  async #journal(): Promise<void> {
    // What else takes its place in this turn of the loop comes along.
    await Promise.resolve();
    while (this.#unjournaled.length > 0 && !this.#failed) {
      const batch = this.#takeBatch();
      const freesSpace = batch.every(({ frees }) => frees);
      const records = batch.map(({ record }) => record);
      try {
        await this.#ports.journal.append(records, { freesSpace });
        if (!freesSpace) this.#fullUntilMs = Number.NEGATIVE_INFINITY;
        this.#journaledTail = this.#tailAfter(batch);
        POINT: reached('commit.journaled', numbersOf(batch));
        this.#ports.records.push(records);
        this.#ports.events.journaled();
        this.advance();
      } catch (error) {
        if (isHoldfastError(error, 'no-space')) this.#abort(batch, freesSpace);
        else this.#poisoned(error);
      }
    }
    this.#journaling = undefined;
  }

  #tailAfter(batch: readonly Commit[]): JournalTail {
    const last = batch.at(-1);
    return last ? tailOf(last.record) : this.#journaledTail;
  }

  /** The next commits of one kind: while there is no space, those that free some go alone. */
  #takeBatch(): Commit[] {
    const full = this.#fullUntilMs > Number.NEGATIVE_INFINITY;
    const [first] = this.#unjournaled;
    let bytes = 0;
    let count = 0;
    for (const { record, frees } of this.#unjournaled) {
      bytes += recordBytes(record);
      const fits =
        bytes <= DATA_LIMITS.journalBatchBytes && count < DATA_LIMITS.journalBatchRecords;
      if (count > 0 && (!fits || (full && frees !== first?.frees))) break;
      count++;
    }
    return this.#unjournaled.splice(0, count);
  }

  /** There was no space for `batch`: it and all that was built on it come to nothing. */
  #abort(batch: readonly Commit[], usedReserve: boolean): void {
    const { clock, overlay, sequenced } = this.#ports;
    this.#fullUntilMs = clock.monotonicMs() + ENGINE_LIMITS.noSpacePauseMs;
    const aborted = [...batch, ...this.#unjournaled];
    this.#unjournaled = [];
    this.#invisible.splice(this.#invisible.length - aborted.length, aborted.length);
    this.#tail = this.#journaledTail;
    for (const commit of aborted.toReversed()) {
      overlay.aborted(commit);
      // What it raised is lower again: who has read that must read it anew.
      sequenced.written(commit.changes.writes.keys());
    }
    for (const commit of aborted) {
      if (commit === this.#viewCommit) {
        this.#placeViewAgain(commit, usedReserve);
        continue;
      }
      const again = commit.frees && !(usedReserve && batch.includes(commit));
      commit.settled.reject(new CommitAborted(again ? undefined : noSpace()));
    }
  }

  /** The view must be recorded before anything else can be acknowledged. */
  #placeViewAgain(lost: Commit, usedReserve: boolean): void {
    this.#viewUnplaced = true;
    const again = (): void => {
      if (this.#viewCommit !== lost || this.#failed) return;
      this.#viewUnplaced = false;
      this.#viewCommit = this.sequence(lost.changes, true);
      this.#viewCommit.settled = lost.settled;
    };
    if (usedReserve) this.#ports.clock.schedule(ENGINE_LIMITS.noSpacePauseMs, again);
    else again();
  }

  #poisoned(cause: unknown): void {
    const poisoned = new HoldfastError(
      'poisoned',
      "The frontend's journal failed while it was written, so nothing more is written there. " +
        'Check its disk, then restart the frontend.',
      { cause },
    );
    this.#failed = poisoned;
    this.#ports.events.poisoned(poisoned);
    const journaled = this.#journaledTail.number;
    for (const commit of this.#invisible) {
      if (commit.number > journaled) commit.settled.reject(poisoned);
    }
  }

  #giveUpWaiting(): void {
    this.giveUp(
      () =>
        new HoldfastError(
          'unavailable',
          'The last file server was lost before it confirmed this change, which takes effect ' +
            'if it returns. Repeat the call to learn what became of it.',
        ),
    );
  }
}

function checkSize(bytes: number): void {
  if (bytes <= DATA_LIMITS.commitBytes) return;
  throw new HoldfastError(
    'limit-exceeded',
    `One change of the directory would take ${bytes} bytes, and at most ` +
      `${DATA_LIMITS.commitBytes} are allowed. Do it in smaller steps.`,
  );
}

function noSpace(): HoldfastError {
  return new HoldfastError(
    'no-space',
    "There is no space left on the frontend's disk for the journal. Reading goes on; free some " +
      'space there, or delete files.',
  );
}
