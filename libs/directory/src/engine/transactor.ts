import {
  type CallNumber,
  DATA_LIMITS,
  HoldfastError,
  type QueriedAhead,
  type ReadTransaction,
  type TransactOptions,
  type WriteTransaction,
} from '@holdfast/contracts';
import { type Clock, Semaphore } from '@holdfast/kernel';
import { CommitAborted } from './commit.ts';
import type { CommitPipeline } from './commit-pipeline.ts';
import type { DirectoryTime } from './directory-time.ts';
import { KeptQuery } from './kept-query.ts';
import { ENGINE_LIMITS } from './limits.ts';
import type { MapApplier } from './map-applier.ts';
import { RaisedEntries } from './raised-entries.ts';
import type { Replies } from './replies.ts';
import { TableReader, TableWriter } from './table-transaction.ts';
import { type ReadableState, TrackedReads } from './tracked-reads.ts';
import { Turnstile } from './turnstile.ts';

export interface TransactorPorts {
  readonly clock: Clock;
  readonly time: DirectoryTime;
  readonly pipeline: CommitPipeline;
  readonly applier: MapApplier;
  readonly replies: Replies;
  /** The state with every commit that has its place, for transactions that write. */
  readonly newest: ReadableState;
  /** The state that readers see. */
  readonly visible: ReadableState;
  readonly epoch: () => number;
  /** Throw where there is a reason not to. */
  readonly checkRead: () => void;
  readonly checkWrite: () => void;
}

type WriteBody<T> = (tx: WriteTransaction) => Promise<T>;

/** The end of an attempt; undefined: it was overtaken and must be made again. */
type Attempted<T> = { readonly value: T } | undefined;

/** A value that is true once `settled` is. */
interface Placed<T> {
  readonly value: T;
  readonly settled: Promise<void> | undefined;
}

/**
 * Runs transactions optimistically: bodies overlap, and what one has read is compared at its end
 * with what was written meanwhile. One that was overtaken runs again, and soon alone, so that it
 * gets its turn however many compete. A body that throws has its error believed only if what it
 * read was true at one moment.
 */
export class Transactor {
  readonly #ports: TransactorPorts;
  readonly #writing: Turnstile;
  readonly #heldQueries = new Semaphore(1);
  readonly #raised = new RaisedEntries();
  /** Queries that were made before anybody asked, under way or kept. */
  #ahead = 0;
  /** Numbered calls that are being carried out, so that a repetition waits for the first. */
  readonly #running = new Map<string, Promise<unknown>>();

  constructor(ports: TransactorPorts) {
    this.#ports = ports;
    this.#writing = new Turnstile(ports.clock);
  }

  async transact<T>(
    body: WriteBody<T>,
    call?: CallNumber,
    options: TransactOptions = {},
  ): Promise<T> {
    if (!call) return await this.#transact(body, undefined, options);
    const key = `${call.number} ${call.session}`;
    const first = this.#running.get(key);
    if (first) return (await first) as T;
    const running = this.#transact(body, call, options);
    this.#running.set(key, running);
    try {
      return await running;
    } finally {
      this.#running.delete(key);
    }
  }

  async query<T>(body: (tx: ReadTransaction) => Promise<T>): Promise<T> {
    for (let attempt = 1; attempt < ENGINE_LIMITS.attempts; attempt++) {
      const done = await this.#tryQuery(body);
      if (done) return done.value;
    }
    using _turn = await this.#heldQueries.acquire();
    const hold = this.#ports.pipeline.hold();
    const timer = this.#ports.clock.schedule(ENGINE_LIMITS.aloneMs, () => hold[Symbol.dispose]());
    try {
      const done = await this.#tryQuery(body);
      if (done) return done.value;
    } finally {
      timer.cancel();
      hold[Symbol.dispose]();
    }
    throw overtaken();
  }

  async queryAhead<T>(
    body: (tx: ReadTransaction) => Promise<T>,
  ): Promise<QueriedAhead<T> | undefined> {
    if (this.#ahead >= ENGINE_LIMITS.queriesAhead) return undefined;
    const { checkRead, clock, time, visible } = this.#ports;
    this.#ahead++;
    const reads = new TrackedReads(visible);
    const onOver = (): void => void this.#ahead--;
    try {
      checkRead();
      const value = await body(new TableReader(reads, time.nowMs()));
      return new KeptQuery({ value, reads, clock, checkRead, onOver });
    } catch {
      // Whoever asks finds out by itself.
      reads[Symbol.dispose]();
      onOver();
      return undefined;
    }
  }

  async #tryQuery<T>(body: (tx: ReadTransaction) => Promise<T>): Promise<Attempted<T>> {
    this.#ports.checkRead();
    using reads = new TrackedReads(this.#ports.visible);
    try {
      const value = await body(new TableReader(reads, this.#ports.time.nowMs()));
      return reads.changed() ? undefined : { value };
    } catch (error) {
      if (reads.changed()) return undefined;
      throw error;
    }
  }

  async #transact<T>(
    body: WriteBody<T>,
    call: CallNumber | undefined,
    options: TransactOptions,
  ): Promise<T> {
    if (call) {
      // Before anything is refused: what it did before may take effect whatever is written now.
      this.#ports.checkRead();
      const kept = await this.#keptReply(call);
      if (kept) return kept.value as T;
    }
    this.#ports.checkWrite();
    const { applier } = this.#ports;
    using _room = applier.tryEnter() ?? (await applier.enter());
    for (let attempt = 1; attempt <= ENGINE_LIMITS.attempts; attempt++) {
      const placed = await this.#placeInTurn(attempt, () => this.#place(body, call, options));
      if (placed && (await settles(placed.settled))) return placed.value;
    }
    throw overtaken();
  }

  /** The first attempts run beside others, later ones alone until they have their place. */
  async #placeInTurn<T>(attempt: number, place: () => Promise<T>): Promise<T> {
    if (attempt <= ENGINE_LIMITS.optimisticAttempts) {
      if (this.#writing.closed) await this.#writing.pass();
      return await place();
    }
    using _alone = await this.#writing.alone(ENGINE_LIMITS.aloneMs);
    return await place();
  }

  /** Runs the body once and gives what it wrote a place, unless it was overtaken. */
  async #place<T>(
    body: WriteBody<T>,
    call: CallNumber | undefined,
    options: TransactOptions,
  ): Promise<Placed<T> | undefined> {
    const { time, epoch, pipeline, replies, newest } = this.#ports;
    this.#ports.checkWrite();
    using reads = new TrackedReads(newest);
    const tx = new TableWriter(reads, time.nowMs(), epoch());
    let value: T;
    try {
      value = await body(tx);
    } catch (error) {
      if (reads.changed()) return undefined;
      // What it saw may be on its way still: nobody may hear of it before it is durable.
      if (await settles(reads.newest?.settled.promise)) throw error;
      return undefined;
    }
    if (reads.changed()) return undefined;
    const changes = tx.writeSet;
    if (changes.empty) return { value, settled: reads.newest?.settled.promise };
    this.#ports.checkWrite();
    checkKeys(changes.writes.size + changes.adds.size);
    if (call) replies.keep(call, value, tx.nowMs, changes);
    this.#raised.settle(changes);
    const commit = pipeline.sequence(changes, options.frees === true);
    return { value, settled: commit.settled.promise };
  }

  async #keptReply(call: CallNumber): Promise<{ value: unknown } | undefined> {
    using reads = new TrackedReads(this.#ports.newest);
    const kept = await this.#ports.replies.find(call, reads);
    return kept && (await settles(reads.newest?.settled.promise)) ? kept : undefined;
  }
}

/** False if the commit came to nothing, and the transaction is to run again. */
async function settles(settled: Promise<void> | undefined): Promise<boolean> {
  try {
    await settled;
    return true;
  } catch (error) {
    if (!(error instanceof CommitAborted)) throw error;
    if (error.refusal) throw error.refusal;
    return false;
  }
}

function checkKeys(keys: number): void {
  if (keys <= DATA_LIMITS.commitKeys) return;
  throw new HoldfastError(
    'limit-exceeded',
    `One change of the directory would write ${keys} keys, and at most ${DATA_LIMITS.commitKeys} ` +
      'are allowed. Do it in smaller steps.',
  );
}

function overtaken(): HoldfastError {
  return new HoldfastError(
    'unavailable',
    'Other changes of the same things came first each time. Try again.',
  );
}
