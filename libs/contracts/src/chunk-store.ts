import type { ByteParts, LentParts } from '@holdfast/kernel';
import type { ChunkId, DirectoryId, StoreId } from './values.ts';

export interface StoredChunk extends ChunkId {
  /** Bytes of the chunk. */
  readonly length: number;
  /** The position of its newest put or touch. */
  readonly position: number;
}

export interface StoreBinding {
  readonly directory: DirectoryId;
  readonly epoch: number;
  /**
   * The least generation that the store may have from now on; for one that takes the place of a lost
   * disk its very generation, 0 until it is known which one the lost disk had.
   */
  readonly generation: number;
  readonly adoptId?: StoreId | undefined;
}

export interface ChunkStoreUsage {
  readonly chunks: number;
  /** Bytes of live chunks, without headers and padding. */
  readonly chunkBytes: number;
  /** Bytes of all segments on disk. */
  readonly segmentBytes: number;
  /** Records that were found damaged and are no longer served. */
  readonly quarantined: number;
}

/** A place in the records of a store, which are gone through in order. */
export interface RecordPosition {
  readonly segment: number;
  readonly offset: number;
}

/** How far a look through the records of a store has come. */
export interface VerifiedRecords {
  /** Where to go on; undefined at the end. */
  readonly next: RecordPosition | undefined;
  /** Bytes of the disk that were gone over. */
  readonly bytes: number;
  /** Places that were found damaged. */
  readonly damaged: number;
}

/**
 * Immutable chunks on one disk. All methods may overlap. What is acknowledged is on stable storage.
 * Positions number the acknowledgements of a store: each put, touch and delete gets a higher one.
 */
export interface ChunkStore extends AsyncDisposable {
  readonly id: StoreId;
  /** The directory that the store belongs to; undefined before `bind`. */
  readonly directory: DirectoryId | undefined;
  /** Grows whenever the store may have forgotten something that it acknowledged. */
  readonly generation: number;
  /** The highest position that is on stable storage. */
  readonly position: number;
  /** The highest epoch that was persisted by `bind`. */
  readonly epoch: number;
  readonly usage: ChunkStoreUsage;
  /** Set for good once a sync failed: why no write is taken any more. */
  readonly poisoned: string | undefined;

  /**
   * Ties an unbound store to a directory, durably, persists a higher epoch, and raises the
   * generation to at least `generation`. A store that was never bound takes the id `adoptId` where
   * one is given, and just that generation: it replaces a disk that was lost. Rejects with `foreign-store` for another
   * directory and with `stale-epoch` for a lower epoch.
   */
  bind(binding: StoreBinding): Promise<void>;
  /**
   * Verifies the hash (`damaged` if it is wrong), appends, joins the next group sync. A chunk that
   * is there already is touched instead.
   */
  put(chunk: ChunkId, content: ByteParts): Promise<number>;
  /** Appends a touch record; the new position, or undefined if the chunk is not there. */
  touch(chunk: ChunkId): Promise<number | undefined>;
  /**
   * Reads and verifies; `not-found`, or `damaged` after which the record is in quarantine. Disposing
   * of what it gives, once it is not needed any more, makes the next reads cheaper.
   */
  get(chunk: ChunkId): Promise<LentParts>;
  /**
   * As `get`, for whoever verifies the bytes anyway: they are what the disk has in the chunk's place,
   * and nothing is put in quarantine for their content.
   */
  getUnverified(chunk: ChunkId): Promise<LentParts>;
  has(chunk: ChunkId): StoredChunk | undefined;
  /**
   * Removes the chunk durably unless its newest put or touch lies after position `upTo`; true if it
   * is gone (or was not there).
   */
  delete(chunk: ChunkId, upTo: number): Promise<boolean>;
  /** Chunks after `after` in order of file and hash, at most `limit`. */
  list(after: ChunkId | undefined, limit: number): StoredChunk[];
  /**
   * Re-reads about `maxBytes` of records from `from` on, or from the first one, and verifies them.
   * Damaged chunks go to quarantine; of damage that cost no chunk the store heals itself.
   */
  verifyRecords(from: RecordPosition | undefined, maxBytes: number): Promise<VerifiedRecords>;
  /** Chunks in quarantine that nobody was told of, nor put again; a bounded number of them. */
  readonly untold: readonly ChunkId[];
  /** Whoever can repair these was told. */
  told(chunks: readonly ChunkId[]): void;
  /** Whether somebody waits for the disk now: work in the background should give way. */
  readonly busy: boolean;
  /** The store has lost its memory of something acknowledged: a higher generation, durably. */
  raiseGeneration(reason: string): Promise<void>;
}
