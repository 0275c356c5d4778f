import { type ChunkHash, HoldfastError, type ManifestEntry } from '@holdfast/contracts';
import type { AcknowledgedHolder, Upload } from '@holdfast/directory';
import { Semaphore } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { PutGrant } from './put-grants.ts';
import type { Strays } from './strays.ts';

export type NotedChunk = ManifestEntry & { readonly holders: readonly AcknowledgedHolder[] };

interface StoredChunk {
  readonly chunk: NotedChunk;
  /** From before the chunk was sent until the directory knows of it. */
  readonly flight: Disposable;
}

/**
 * An upload of this frontend's life: what is on stores but not yet noted in the directory, and what
 * tickets are out for.
 */
export class OpenUpload {
  readonly upload: Upload;
  /** One batch is noted at a time, in order. */
  readonly noting: Semaphore = new Semaphore(1);
  readonly #strays: Strays;
  #unnoted: StoredChunk[] = [];
  /** By offset. */
  readonly #grants = new Map<number, PutGrant>();
  #isOver = false;

  constructor(upload: Upload, strays: Strays) {
    this.upload = upload;
    this.#strays = strays;
  }

  /** True if there is enough to be noted. */
  add(stored: StoredChunk): boolean {
    this.#unnoted.push(stored);
    if (this.#isOver) this.#loseUnnoted();
    return this.#unnoted.length >= LIMITS.recordBatchChunks;
  }

  batch(): readonly NotedChunk[] {
    return this.#unnoted.slice(0, LIMITS.recordBatchChunks).map(({ chunk }) => chunk);
  }

  noted(count: number): void {
    for (const { flight } of this.#unnoted.splice(0, count)) flight[Symbol.dispose]();
  }

  end(): void {
    this.#isOver = true;
    this.#loseUnnoted();
    for (const offset of this.#grants.keys()) this.ungrant(offset);
  }

  hasRoomForGrant(offset: number): boolean {
    return this.#grants.has(offset) || this.#grants.size < LIMITS.putGrants;
  }

  grant(grant: PutGrant): void {
    this.ungrant(grant.chunk.offset);
    this.#grants.set(grant.chunk.offset, grant);
    if (this.#isOver) this.ungrant(grant.chunk.offset);
  }

  /** Throws `invalid-argument` if no tickets are out for a chunk there. */
  granted(offset: number): PutGrant {
    const grant = this.#grants.get(offset);
    if (grant) return grant;
    throw new HoldfastError(
      'invalid-argument',
      `No tickets are out for a chunk at ${offset}, or not any more. Send the chunk to the frontend.`,
    );
  }

  /** The chunk is on stores, and its flight goes on until it is noted. */
  used({ chunk, expiry }: PutGrant): void {
    expiry.cancel();
    this.#grants.delete(chunk.offset);
  }

  /** Nobody may say any more that stores have it, unless it is what was put there since. */
  ungrant(offset: number, put?: ChunkHash): void {
    const grant = this.#grants.get(offset);
    if (!grant) return;
    this.#grants.delete(offset);
    if (grant.chunk.hash === put) grant.expiry.cancel();
    grant.flight[Symbol.dispose]();
  }

  /** Tickets are over by which stores may have got a chunk that nobody has noted. */
  expired({ offset, hash }: ManifestEntry): void {
    if (this.#grants.get(offset)?.chunk.hash === hash) this.ungrant(offset);
    this.#isStray(hash);
  }

  /** They are noted only if the client comes again and names them. */
  #loseUnnoted(): void {
    for (const { chunk } of this.#unnoted) this.#isStray(chunk.hash);
    this.noted(this.#unnoted.length);
  }

  #isStray(hash: ChunkHash): void {
    this.#strays.noteEverywhere({ file: this.upload.file, hash });
  }
}
