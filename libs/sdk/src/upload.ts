import {
  DATA_LIMITS,
  HoldfastError,
  isHoldfastError,
  type ChunkHash,
  type ManifestEntry,
  type UploadId,
  type WriteOptions,
  type WriteResult,
} from '@holdfast/contracts';
import type { Cut } from './chunk-cutter.ts';
import { HashList, hashChunk } from './chunk-hash.ts';
import { SDK_LIMITS } from './limits.ts';
import type { TransferParts } from './transfer-parts.ts';

/**
 * One file on its way, chunk by chunk, that outlives the frontend it was opened at: after each
 * reconnection it is reopened, and only what no store has is sent again.
 */
export class Upload {
  readonly #parts: TransferParts;
  readonly #id: UploadId;
  readonly #signal: AbortSignal;
  readonly #hashes = new HashList();
  /** Chunks that were acknowledged, and that a reopening did not find. */
  readonly #lost = new Set<number>();
  /** Lengths of the acknowledged chunks, by index. */
  readonly #acknowledged: (number | undefined)[] = [];
  #generation: number;
  #reopenings = 0;
  #reopening: Promise<void> | undefined;

  static async open(
    parts: TransferParts,
    options: WriteOptions,
    signal: AbortSignal,
  ): Promise<Upload> {
    const { upload } = await parts.files.openUpload(options, { signal });
    return new Upload(parts, upload, signal);
  }

  private constructor(parts: TransferParts, id: UploadId, signal: AbortSignal) {
    this.#parts = parts;
    this.#id = id;
    this.#signal = signal;
    this.#generation = parts.connection.generation;
  }

  /** Stores one chunk; resolves once it is on stable storage. Calls may overlap. */
  async put({ index, offset, bytes }: Pick<Cut, 'index' | 'offset' | 'bytes'>): Promise<void> {
    const hash = hashChunk(this.#parts.hasher, [bytes]);
    this.#hashes.set(index, hash);
    const chunk = { upload: this.#id, offset, hash, content: [bytes] };
    await this.#withUpload(() => this.#parts.path.put(chunk, { signal: this.#signal }));
    this.#acknowledged[index] = bytes.length;
  }

  /** The frontend restarted, and may have forgotten chunks that were put; `lostChunks` finds out. */
  get mayLackChunks(): boolean {
    return this.#lost.size > 0 || this.#generation !== this.#parts.connection.generation;
  }

  /** Indexes of chunks to put again before the commit: no store has them any more. */
  async lostChunks(): Promise<readonly number[]> {
    await this.#reopenIfNeeded();
    const lost = [...this.#lost];
    this.#lost.clear();
    return lost;
  }

  hashOf(index: number): ChunkHash {
    return this.#hashes.get(index);
  }

  async commit(sizeBytes: number, modifiedMs: number | undefined): Promise<WriteResult> {
    const root = this.#hashes.root(this.#parts.hasher);
    const commit = { upload: this.#id, sizeBytes, root, modifiedMs };
    return await this.#withUpload(() =>
      this.#parts.files.commitUpload(commit, { signal: this.#signal }),
    );
  }

  /** Tells the frontend that nothing more will come; of no consequence if it does not hear it. */
  async abort(): Promise<void> {
    if (!this.#parts.connection.ready) return;
    const gaveUp = { timeoutMs: SDK_LIMITS.abortMs };
    await this.#parts.files.abortUpload({ upload: this.#id }, gaveUp).catch(() => {});
  }

  /** A frontend that restarted does not know the upload until it is reopened. */
  async #withUpload<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      const generation = this.#generation;
      try {
        return await attempt();
      } catch (error) {
        const stale = generation !== this.#parts.connection.generation;
        if (!isHoldfastError(error, 'upload-gone') || !stale) throw error;
        await this.#reopenIfNeeded();
      }
    }
  }

  #reopenIfNeeded(): Promise<void> {
    if (this.#reopening) return this.#reopening;
    if (this.#generation === this.#parts.connection.generation) return Promise.resolve();
    this.#reopening = this.#reopen().finally(() => (this.#reopening = undefined));
    return this.#reopening;
  }

  async #reopen(): Promise<void> {
    if (++this.#reopenings > SDK_LIMITS.reopenings) throw tooManyReopenings();
    const generation = this.#parts.connection.generation;
    const acknowledged = this.#acknowledged.length;
    let stored = await this.#storedChunks();
    const missing = this.#missingFrom(stored, acknowledged);
    for (let at = 0; at < missing.length; at += DATA_LIMITS.storeBatchChunks) {
      const put = missing.slice(at, at + DATA_LIMITS.storeBatchChunks);
      stored = await this.#storedChunks(put.map((index) => this.#entry(index)));
    }
    for (const index of this.#missingFrom(stored, acknowledged)) this.#lost.add(index);
    this.#generation = generation;
  }

  /** Indexes of the chunks that the frontend knows, once it has looked for those that were `put`. */
  async #storedChunks(put?: ManifestEntry[]): Promise<ReadonlySet<number>> {
    const stored = new Set<number>();
    let from: { upload: UploadId; fromOffset: number; put?: ManifestEntry[] | undefined };
    from = { upload: this.#id, fromOffset: 0, put };
    for (let more = true; more;) {
      const page = await this.#parts.files.reopenUpload(from, { signal: this.#signal });
      for (const { offset, length, hash } of page.chunks) {
        const index = offset / DATA_LIMITS.chunkBytes;
        if (hash === this.#hashes.get(index)) stored.add(index);
        from = { upload: this.#id, fromOffset: offset + length };
      }
      more = page.more && page.chunks.length > 0;
    }
    return stored;
  }

  #missingFrom(stored: ReadonlySet<number>, acknowledged: number): readonly number[] {
    const missing: number[] = [];
    for (let index = 0; index < acknowledged; index++) {
      if (this.#acknowledged[index] !== undefined && !stored.has(index)) missing.push(index);
    }
    return missing;
  }

  #entry(index: number): ManifestEntry {
    const length = this.#acknowledged[index] ?? 0;
    return { offset: index * DATA_LIMITS.chunkBytes, length, hash: this.#hashes.get(index) };
  }
}

function tooManyReopenings(): HoldfastError {
  return new HoldfastError(
    'unavailable',
    `The frontend went away ${SDK_LIMITS.reopenings} times during one upload. Look at its log, then try again.`,
  );
}
