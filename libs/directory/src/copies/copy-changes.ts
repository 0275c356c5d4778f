import type { ChunkId, WriteTransaction } from '@holdfast/contracts';
import type { ChunkRecord } from '../tables/chunks.ts';
import { type FileRecord, files } from '../tables/files.ts';
import { type SavedChunk, refreshCopies } from './refresh-copies.ts';
import { saveChunk } from './save-chunk.ts';

/**
 * Changes of copies in one commit, which reads each file once however many of its chunks change, and
 * then brings its entry up to date once.
 */
export class CopyChanges {
  readonly #tx: WriteTransaction;
  readonly #files = new Map<string, FileRecord | undefined>();
  /** By file, the chunk that was saved last. */
  readonly #changed = new Map<string, SavedChunk>();

  constructor(tx: WriteTransaction) {
    this.#tx = tx;
  }

  async file(file: string): Promise<FileRecord | undefined> {
    if (!this.#files.has(file)) this.#files.set(file, await this.#tx.get(files, file));
    return this.#files.get(file);
  }

  /** Without `after` the chunk is forgotten. */
  async save(
    { file, hash }: ChunkId,
    before: ChunkRecord,
    after: ChunkRecord | undefined,
  ): Promise<void> {
    const record = await this.file(file);
    const wanted = record?.placement.stores ?? [];
    await saveChunk(this.#tx, { file, hash }, { before, after, wanted });
    if (record && after?.live) this.#changed.set(file, { record, hash, chunk: after });
  }

  /** Returns the files of which live chunks were changed. */
  async refreshEntries(): Promise<readonly string[]> {
    for (const [file, saved] of this.#changed) await refreshCopies(this.#tx, file, saved);
    return [...this.#changed.keys()];
  }
}
