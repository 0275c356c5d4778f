import {
  type ChunkId,
  type ChunkStore,
  DATA_LIMITS,
  type Hasher,
  HoldfastError,
  type Implementation,
  type Journal,
  type Snapshots,
  type StoreContract,
  type StoreReport,
  type StoreStand,
  encodeRecords,
  isHoldfastError,
  lostTail,
} from '@holdfast/contracts';
import { type Clock, type DiskSpace, type ByteParts, reached } from '@holdfast/kernel';
import { REPLICATION_LIMITS } from '../limits.ts';
import { JournalKeeper } from './journal-keeper.ts';
import {
  fromWireStamp,
  fromWireTail,
  toWireLostTail,
  toWireStamp,
  toWireTail,
} from './wire-stamp.ts';
import type { DirectPulls } from './direct-pulls.ts';
import { type StorePeers, pullChunks } from './pull-chunks.ts';
import { putTogether } from './put-together.ts';
import type { Scrubber } from './scrubber.ts';
import { readTogether } from './read-together.ts';
import type { TicketNonces } from './ticket-nonces.ts';

export interface StoreServiceOptions {
  readonly store: ChunkStore;
  readonly journal: Journal;
  readonly snapshots: Snapshots;
  readonly hasher: Hasher;
  readonly peers: StorePeers;
  readonly directPulls?: DirectPulls;
  readonly space: () => Promise<DiskSpace>;
  readonly scrubber: Scrubber;
  readonly clock: Clock;
  /** Where clients may move chunks from and to the store directly. */
  readonly nonces?: TicketNonces;
}

const FULL = 'Its disk is full: new chunks go to other servers until there is space.';

type StoreObject = Implementation<StoreContract>;
type Params<N extends keyof StoreObject> = Parameters<StoreObject[N]>[0];

/**
 * The store of a file server as frontends command it. Nothing is changed for a frontend that is not
 * the newest coordinator that this store accepted (§P5), nor before the first acceptance.
 */
export class StoreService implements StoreObject {
  readonly #options: StoreServiceOptions;
  readonly #journal: JournalKeeper;
  #space: DiskSpace = { freeBytes: 0, totalBytes: 0 };
  /** What was free when a chunk last was refused for want of space. */
  #fullAtBytes: number | undefined;
  /** When that was. */
  #fullSinceMs = 0;

  constructor(options: StoreServiceOptions) {
    this.#options = options;
    this.#journal = new JournalKeeper(options);
  }

  readonly accept: StoreObject['accept'] = async ({ epoch, directory, generation, adoptId }) => {
    await this.#options.store.bind({ directory, epoch, generation, adoptId });
    POINT: reached('catch-up.bound');
    return { stand: await this.stand() };
  };

  readonly put = async ({
    epoch,
    chunk,
    content,
  }: Params<'put'>): Promise<{ position: number }> => {
    this.#obey(epoch);
    return { position: await this.keep(chunk, content) };
  };

  readonly putLarge: StoreObject['putLarge'] = (params) => this.put(params);

  readonly putMany: StoreObject['putMany'] = async ({ epoch, chunks, content }) => {
    this.#obey(epoch);
    return await putTogether(this.#options.store, chunks, content);
  };

  readonly touch: StoreObject['touch'] = async ({ epoch, chunks }) => {
    this.#obey(epoch);
    const positions = await Promise.all(chunks.map((chunk) => this.#options.store.touch(chunk)));
    return { positions: positions.map((position) => position ?? -1) };
  };

  readonly get = async ({ chunk }: Params<'get'>): Promise<{ content: ByteParts }> => ({
    content: await this.#options.store.get(chunk),
  });

  readonly getLarge: StoreObject['getLarge'] = (params) => this.get(params);

  readonly getMany: StoreObject['getMany'] = ({ chunks }) =>
    readTogether(this.#options.store, chunks);

  readonly delete: StoreObject['delete'] = async ({ epoch, chunks, upTo }) => {
    this.#obey(epoch);
    const { store } = this.#options;
    // What nobody refers to now may be what the changes that were set aside refer to (§P11).
    if (this.#journal.setAside !== undefined) return { deleted: chunks.map(() => false) };
    return { deleted: await Promise.all(chunks.map((chunk) => store.delete(chunk, upTo))) };
  };

  readonly inventory: StoreObject['inventory'] = async ({ after }) => {
    const { store } = this.#options;
    const { position } = store;
    const chunks = store.list(after, DATA_LIMITS.storeBatchChunks);
    return { chunks, more: chunks.length === DATA_LIMITS.storeBatchChunks, position };
  };

  readonly pull: StoreObject['pull'] = async ({ epoch, chunks, from }, context) => {
    this.#obey(epoch);
    const { store, peers, directPulls: direct } = this.#options;
    return await pullChunks({ store, peers, direct, from, chunks, signal: context.signal });
  };

  readonly verify: StoreObject['verify'] = async ({ chunks }) => ({
    whole: await Promise.all(chunks.map((chunk) => this.#isWhole(chunk))),
  });

  readonly damaged: StoreObject['damaged'] = async ({ told }) => {
    const { store } = this.#options;
    store.told(told);
    return { chunks: store.untold.slice(0, REPLICATION_LIMITS.findingsChunks) };
  };

  readonly scrub: StoreObject['scrub'] = async ({ epoch }) => {
    this.#obey(epoch);
    this.#options.scrubber.begin();
    return {};
  };

  readonly compared: StoreObject['compared'] = async ({ epoch, endedMs }) => {
    this.#obey(epoch);
    await this.#options.scrubber.compared(endedMs);
    return {};
  };

  readonly appendJournal: StoreObject['appendJournal'] = async ({ epoch, records }) => {
    this.#obey(epoch);
    return { number: await this.#journal.append(records) };
  };

  readonly readJournal: StoreObject['readJournal'] = async ({ from }) => {
    const { journal } = this.#options;
    const records = await journal.read(from, DATA_LIMITS.journalBatchBytes / 2);
    const last = records.at(-1)?.number ?? from - 1;
    const content = records.length === 0 ? [] : [encodeRecords(records)];
    return { records: content, more: last < journal.tail.number };
  };

  readonly resetJournal: StoreObject['resetJournal'] = async (params) => {
    this.#obey(params.epoch);
    await this.#journal.reset(params);
    await this.#options.scrubber.journalBegunAnew();
    return {};
  };

  readonly probe: StoreObject['probe'] = async ({ epoch }) => {
    this.#obey(epoch);
    const { store } = this.#options;
    // A chunk that is wanted may be touched at any time; one that is not is deleted a little later.
    for (const chunk of store.list(undefined, 1)) await store.touch(chunk);
    return { stand: await this.stand(), report: await this.currentReport() };
  };

  readonly beginSnapshot: StoreObject['beginSnapshot'] = async ({ epoch, base }) => {
    this.#obey(epoch);
    await this.#journal.beginSnapshot(fromWireTail(base));
    return {};
  };

  readonly addSnapshotPiece: StoreObject['addSnapshotPiece'] = async ({ epoch, index, piece }) => {
    this.#obey(epoch);
    await this.#journal.addPiece(index, piece);
    return {};
  };

  readonly finishSnapshot: StoreObject['finishSnapshot'] = async ({ epoch, stamp, keepFrom }) => {
    this.#obey(epoch);
    await this.#journal.finishSnapshot(fromWireStamp(stamp), keepFrom);
    return {};
  };

  readonly readSnapshot: StoreObject['readSnapshot'] = async ({ stamp, index }) => ({
    piece: [await this.#journal.readPiece(fromWireStamp(stamp), index)],
  });

  readonly report: StoreObject['report'] = async () => ({
    stand: await this.stand(),
    report: await this.currentReport(),
  });

  /**
   * Puts a chunk for whoever was found to have the right, and notices where there is no space. Resolves
   * with its position.
   */
  async keep(chunk: ChunkId, content: ByteParts): Promise<number> {
    try {
      return await this.#options.store.put(chunk, content);
    } catch (error) {
      if (isHoldfastError(error, 'no-space')) await this.#noteFull();
      throw error;
    }
  }

  /** What a frontend must know before it accepts this store. */
  async stand(): Promise<StoreStand> {
    const { store, journal } = this.#options;
    const snapshot = await this.#journal.usableSnapshot();
    const lost = lostTail(journal);
    return {
      store: store.id,
      ...(store.directory === undefined ? {} : { directory: store.directory }),
      generation: store.generation,
      position: store.position,
      epoch: store.epoch,
      journal: toWireTail(journal.tail),
      ...(snapshot && { snapshot: toWireStamp(snapshot) }),
      ...(lost && { lost: toWireLostTail(lost) }),
    };
  }

  async currentReport(): Promise<StoreReport> {
    const { store, journal, nonces } = this.#options;
    await this.#look();
    const { chunks, chunkBytes, segmentBytes } = store.usage;
    const poisoned = store.poisoned ?? journal.poisoned;
    const refusesWrites = poisoned ?? this.#whyFull();
    const { setAside, quarantined } = this.#journal;
    return {
      freeBytes: this.#space.freeBytes,
      totalBytes: this.#space.totalBytes,
      chunks,
      chunkBytes,
      segmentBytes,
      position: store.position,
      ...(refusesWrites === undefined ? {} : { refusesWrites }),
      ...(poisoned === undefined ? {} : { poisoned: true }),
      ...(setAside === undefined ? {} : { setAside }),
      ...(quarantined === undefined ? {} : { quarantined }),
      scrub: this.#options.scrubber.report,
      ...(nonces && { ticketNonce: nonces.current, takesPuts: true }),
    };
  }

  async #look(): Promise<void> {
    this.#space = await this.#options.space().catch(() => this.#space);
  }

  async #noteFull(): Promise<void> {
    await this.#look();
    this.#fullAtBytes = this.#space.freeBytes;
    this.#fullSinceMs = this.#options.clock.monotonicMs();
  }

  /** Whoever asks before some space is free again would send chunks only to have them refused. */
  #whyFull(): string | undefined {
    if (this.#fullAtBytes === undefined) return undefined;
    const { spaceAgainBytes, fullRetryMs } = REPLICATION_LIMITS;
    const isLongAgo = this.#options.clock.monotonicMs() - this.#fullSinceMs >= fullRetryMs;
    const isEnough = this.#space.freeBytes >= this.#fullAtBytes + spaceAgainBytes;
    if (isLongAgo || isEnough) this.#fullAtBytes = undefined;
    return this.#fullAtBytes === undefined ? undefined : FULL;
  }

  #obey(epoch: number): void {
    const { store } = this.#options;
    if (store.directory !== undefined && epoch === store.epoch) return;
    throw new HoldfastError(
      'stale-epoch',
      `This store obeys epoch ${store.epoch}, not ${epoch}: another frontend took over, or the store was not accepted yet.`,
    );
  }

  async #isWhole(chunk: ChunkId): Promise<boolean> {
    try {
      await this.#options.store.get(chunk);
      return true;
    } catch (error) {
      if (isHoldfastError(error, 'damaged', 'not-found')) return false;
      throw error;
    }
  }
}
