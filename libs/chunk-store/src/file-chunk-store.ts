import {
  type ChunkId,
  type ChunkStore,
  type ChunkStoreUsage,
  type DirectoryId,
  type Hasher,
  HoldfastError,
  type RecordPosition,
  type StoreBinding,
  type StoredChunk,
  type StoreId,
  type VerifiedRecords,
} from '@holdfast/contracts';
import {
  type ByteParts,
  deferred,
  equalBytes,
  type LentParts,
  partsLength,
  Semaphore,
  toHex,
} from '@holdfast/kernel';
import { chunkIdOf, chunkKey, HASH_AT } from './chunk-key.ts';
import type { IndexEntry } from './chunk-index.ts';
import { type ChunkReader, damagedChunk, noSuchChunk } from './chunk-reader.ts';
import type { ChunkTable } from './chunk-table.ts';
import { ENTRY_BYTES, type FrameEntry } from './frame.ts';
import { boundIdentity, type Identity, type IdentityFile } from './identity.ts';
import { CHUNK_STORE_LIMITS } from './limits.ts';
import { isNoSpace } from './refusals.ts';
import type { RecordVerifier } from './record-verifier.ts';
import type { SegmentFiles } from './segment-files.ts';
import type { SegmentLog } from './segment-log.ts';
import type { SegmentSet } from './segment-set.ts';
import type { SpaceGuard } from './space-guard.ts';

export interface FileChunkStoreParts {
  readonly hasher: Hasher;
  readonly chunkBytes: number;
  readonly untoldChunks: number;
  readonly identityFile: IdentityFile;
  readonly identity: Identity;
  readonly files: SegmentFiles;
  readonly segments: SegmentSet;
  readonly table: ChunkTable;
  readonly reader: ChunkReader;
  readonly space: SpaceGuard;
  readonly lock: AsyncDisposable;
  readonly notice: (text: string) => void;
  /** Records that opening found damaged. */
  readonly quarantined: number;
}

/** What was submitted last for a chunk and is not durable yet. */
interface Pending {
  /** Whether the chunk will be there. */
  readonly present: boolean;
  readonly done: Promise<void>;
}

/** Undefined if what is read is not the chunk. */
type ReadEntry = (key: Uint8Array, entry: IndexEntry) => Promise<LentParts | undefined>;

/** The chunk store in segment files. */
export class FileChunkStore implements ChunkStore {
  readonly #parts: FileChunkStoreParts;
  readonly #identityTurns: Semaphore = new Semaphore(1);
  readonly #room: Semaphore = new Semaphore(CHUNK_STORE_LIMITS.queuedBytes);
  /** By key in hexadecimal. */
  readonly #pending = new Map<string, Pending>();
  readonly #log: SegmentLog;
  #identity: Identity;
  #nextPosition: number;
  #quarantined: number;
  /** In quarantine, by key in hexadecimal. */
  readonly #untold = new Map<string, ChunkId>();
  #reads = 0;
  #uses = 0;
  #stopCompaction: () => Promise<void> = async () => {};
  #verifier: RecordVerifier | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: FileChunkStoreParts, makeLog: (onRefused: () => void) => SegmentLog) {
    this.#parts = parts;
    this.#identity = parts.identity;
    this.#quarantined = parts.quarantined;
    this.#log = makeLog(() => this.#forgetRefused());
    this.#nextPosition = this.#log.position + 1;
  }

  get id(): StoreId {
    return this.#identity.store;
  }

  get directory(): DirectoryId | undefined {
    return this.#identity.directory;
  }

  get generation(): number {
    return this.#identity.generation;
  }

  get position(): number {
    return this.#log.position;
  }

  get epoch(): number {
    return this.#identity.epoch;
  }

  get poisoned(): string | undefined {
    return this.#log.poison?.message;
  }

  get usage(): ChunkStoreUsage {
    const { table, segments } = this.#parts;
    return {
      chunks: table.index.size,
      chunkBytes: table.index.chunkBytes,
      segmentBytes: segments.totalBytes,
      quarantined: this.#quarantined,
    };
  }

  async bind(binding: StoreBinding): Promise<void> {
    await this.#identityTurns.run(async () => {
      const known = this.#identity;
      const bound = boundIdentity(known, binding);
      if (bound !== known) await this.#changeIdentity(bound);
    });
  }

  async raiseGeneration(reason: string): Promise<void> {
    await this.#identityTurns.run(async () => {
      const generation = this.#identity.generation + 1;
      await this.#changeIdentity({ ...this.#identity, generation });
      this.#parts.notice(`The store is of generation ${generation} now: ${reason}`);
    });
  }

  async put(chunk: ChunkId, content: ByteParts): Promise<number> {
    this.#uses++;
    const key = chunkKey(chunk);
    const length = partsLength(content);
    this.#assertUsable();
    this.#assertRight(chunk, key, content, length);
    using _room = await this.#room.acquire(length + ENTRY_BYTES);
    await this.#parts.space.admit(length);
    this.#assertUsable();
    const there = this.#isThere(key);
    const position = this.#nextPosition++;
    const record: FrameEntry = there
      ? { kind: 'touch', key, position, length: 0, target: 0 }
      : { kind: 'put', key, position, length, target: 0 };
    await this.#append(record, there ? [] : content);
    return position;
  }

  async touch(chunk: ChunkId): Promise<number | undefined> {
    this.#uses++;
    const key = chunkKey(chunk);
    using _room = await this.#room.acquire(ENTRY_BYTES);
    this.#assertUsable();
    if (!this.#isThere(key)) return undefined;
    const position = this.#nextPosition++;
    await this.#append({ kind: 'touch', key, position, length: 0, target: 0 }, []);
    return position;
  }

  get(chunk: ChunkId): Promise<LentParts> {
    return this.#get(chunk, (key, entry) => this.#parts.reader.read(key, entry));
  }

  getUnverified(chunk: ChunkId): Promise<LentParts> {
    return this.#get(chunk, async (key, entry) => {
      const content = await this.#parts.reader.readUnverified(entry);
      // Where compaction has carried it elsewhere meanwhile, another chunk may have been read.
      return this.#parts.table.isAt(key, entry) ? content : undefined;
    });
  }

  /** How often it was asked to do something; what it does by itself does not count. */
  get uses(): number {
    return this.#uses;
  }

  get busy(): boolean {
    return this.#reads > 0 || this.#pending.size > 0;
  }

  get untold(): readonly ChunkId[] {
    return [...this.#untold.values()];
  }

  told(chunks: readonly ChunkId[]): void {
    for (const chunk of chunks) this.#untold.delete(toHex(chunkKey(chunk)));
  }

  async verifyRecords(
    from: RecordPosition | undefined,
    maxBytes: number,
  ): Promise<VerifiedRecords> {
    this.#assertOpen();
    if (from === undefined) await this.#healFiles();
    const nothing = { next: undefined, bytes: 0, damaged: 0 };
    return (await this.#verifier?.verify(from, maxBytes)) ?? nothing;
  }

  async #get(chunk: ChunkId, read: ReadEntry): Promise<LentParts> {
    const key = chunkKey(chunk);
    this.#uses++;
    this.#reads++;
    try {
      for (;;) {
        this.#assertOpen();
        const entry = this.#parts.table.index.get(key);
        if (entry === undefined) throw noSuchChunk(chunk);
        const content = await read(key, entry);
        if (content !== undefined) return content;
        // Compaction may have carried it elsewhere meanwhile; then it is read there.
        if (this.quarantine(key, entry)) throw damagedChunk(chunk);
      }
    } finally {
      this.#reads--;
    }
  }

  has(chunk: ChunkId): StoredChunk | undefined {
    const entry = this.#parts.table.index.get(chunkKey(chunk));
    if (entry === undefined) return undefined;
    return { file: chunk.file, hash: chunk.hash, length: entry.length, position: entry.position };
  }

  async delete(chunk: ChunkId, upTo: number): Promise<boolean> {
    this.#uses++;
    const key = chunkKey(chunk);
    const { space } = this.#parts;
    for (;;) {
      const { releases } = space;
      try {
        return await this.#delete(key, upTo);
      } catch (error) {
        if (!isNoSpace(error) || !(await space.giveUpBallast(releases))) throw error;
      }
    }
  }

  list(after: ChunkId | undefined, limit: number): StoredChunk[] {
    const from = after === undefined ? undefined : chunkKey(after);
    return this.#parts.table.index.list(from, limit).map(({ key, entry }) => ({
      ...chunkIdOf(key),
      length: entry.length,
      position: entry.position,
    }));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** Who works in the background, and must end before the store can be closed. */
  setWorkers(stopCompaction: () => Promise<void>, verifier: RecordVerifier): void {
    this.#stopCompaction = stopCompaction;
    this.#verifier = verifier;
  }

  /**
   * Settles when what was submitted last for a chunk has; undefined if nothing is under way. Ask again
   * after waiting, for there may be more by then.
   */
  underWay(key: Uint8Array): Promise<void> | undefined {
    return this.#pending.get(toHex(key))?.done.catch(() => {});
  }

  /** Appends a record as it is; for compaction. */
  async appendAgain(record: FrameEntry, content: Uint8Array): Promise<void> {
    this.#assertUsable();
    // A delete that is carried on is an old one: the chunk may be there again since.
    await this.#append(record, [content], this.#isThere(record.key));
  }

  /** Goes on in a new segment, unless something is being written; for compaction. */
  async beginSegment(): Promise<void> {
    await this.#log.beginNext();
  }

  /** Stops serving what was found damaged at a place; false if the chunk is served from elsewhere. */
  quarantine(key: Uint8Array, place: Pick<IndexEntry, 'segment' | 'offset'>): boolean {
    if (!this.#parts.table.quarantine(key, place)) return false;
    this.#quarantined++;
    const { file, hash } = chunkIdOf(key);
    if (this.#untold.size < this.#parts.untoldChunks) {
      this.#untold.set(toHex(key), { file, hash });
    }
    const path = this.#parts.files.path(place.segment);
    this.#parts.notice(
      `The chunk ${hash} of file ${file} is damaged in ${path} at byte ${place.offset}.`,
    );
    return true;
  }

  async #delete(key: Uint8Array, upTo: number): Promise<boolean> {
    for (let wait = this.underWay(key); wait; wait = this.underWay(key)) await wait;
    // From here to the append nothing may be awaited.
    this.#assertUsable();
    const entry = this.#parts.table.index.get(key);
    if (entry === undefined) return true;
    if (entry.position > upTo) return false;
    const position = this.#nextPosition++;
    await this.#append({ kind: 'delete', key, position, length: 0, target: entry.segment }, []);
    return true;
  }

  #isThere(key: Uint8Array): boolean {
    const pending = this.#pending.get(toHex(key));
    return pending?.present ?? this.#parts.table.index.get(key) !== undefined;
  }

  /** Nothing may be awaited between deciding on a record and this, or the order would be another. */
  #append(
    record: FrameEntry,
    content: ByteParts,
    present = record.kind !== 'delete',
  ): Promise<void> {
    const name = toHex(record.key);
    const done = deferred();
    const pending = { present, done: done.promise };
    this.#log.submit({
      ...record,
      content,
      done,
      install: (place) => {
        if (this.#pending.get(name) === pending) this.#pending.delete(name);
        if (record.kind === 'put') this.#untold.delete(name);
        this.#parts.table.apply(record, place);
      },
    });
    this.#pending.set(name, pending);
    return done.promise;
  }

  #forgetRefused(): void {
    this.#pending.clear();
    this.#nextPosition = this.#log.position + 1;
  }

  async #changeIdentity(changed: Identity): Promise<void> {
    await this.#parts.identityFile.write(changed);
    this.#identity = changed;
  }

  /** The small files, without which the next opening would find nothing: they are known by heart. */
  async #healFiles(): Promise<void> {
    const { identityFile, segments, notice } = this.#parts;
    await this.#identityTurns.run(async () => {
      if (await identityFile.isWhole()) return;
      await identityFile.write(this.#identity);
      notice('The identity of the store was damaged on its disk, and is written anew.');
    });
    if (await segments.healList()) {
      notice('The list of segments was damaged on the disk of the store, and is written anew.');
    }
  }

  #assertRight(chunk: ChunkId, key: Uint8Array, content: ByteParts, length: number): void {
    if (length > this.#parts.chunkBytes) {
      throw new HoldfastError(
        'invalid-argument',
        `A chunk has at most ${this.#parts.chunkBytes} bytes, and this one has ${length}.`,
      );
    }
    if (equalBytes(this.#parts.hasher.hash(content), key.subarray(HASH_AT))) return;
    throw new HoldfastError(
      'damaged',
      `The bytes sent for chunk ${chunk.hash} of file ${chunk.file} are not those it names. ` +
        'Send them again.',
    );
  }

  #assertUsable(): void {
    this.#assertOpen();
    if (this.#log.poison !== undefined) throw this.#log.poison;
  }

  #assertOpen(): void {
    if (this.#closing === undefined) return;
    throw new HoldfastError('unavailable', 'The chunk store is closed.');
  }

  async #close(): Promise<void> {
    try {
      await this.#stopCompaction();
      await this.#log.mark();
    } finally {
      await this.#parts.files.close();
      await this.#parts.lock[Symbol.asyncDispose]();
    }
  }
}
