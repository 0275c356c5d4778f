import type { Hasher } from '@holdfast/contracts';
import { assert, type Disk, DiskError, type DiskFile, reached } from '@holdfast/kernel';
import type { QueuedAppend } from './append-queue.ts';
import { batchBytes, encodeBatch } from './batch.ts';
import { HEADER_BLOCK_BYTES } from './format.ts';
import { isNoSpace } from './journal-errors.ts';
import { JOURNAL_LIMITS } from './limits.ts';
import type { Segment } from './segment.ts';

export interface BatchWriterParts {
  readonly disk: Disk;
  readonly hasher: Hasher;
  readonly segmentBytes: number;
}

/** Writes batches to the end of a segment, one after the other. It has that file open. */
export class BatchWriter {
  readonly #parts: BatchWriterParts;
  #segment: Segment;
  #file: DiskFile;
  #memory: Uint8Array;

  static async open(parts: BatchWriterParts, segment: Segment): Promise<BatchWriter> {
    return new BatchWriter(parts, segment, await openSegment(parts.disk, segment));
  }

  private constructor(parts: BatchWriterParts, segment: Segment, file: DiskFile) {
    this.#parts = parts;
    this.#segment = segment;
    this.#file = file;
    this.#memory = parts.disk.allocate(JOURNAL_LIMITS.readWindowBytes);
  }

  /** Writes to another segment from now on. */
  async continueIn(segment: Segment): Promise<void> {
    const file = await openSegment(this.#parts.disk, segment);
    await this.#file.close();
    this.#file = file;
    this.#segment = segment;
  }

  /** Resolves when the records are on stable storage. Nothing of them is kept if the disk is full. */
  async write(appends: readonly QueuedAppend[]): Promise<void> {
    const segment = this.#segment;
    const { disk } = this.#parts;
    const content = appends.map((append) => append.content);
    const count = appends.reduce((sum, append) => sum + append.count, 0);
    const bytes = batchBytes(content.reduce((sum, part) => sum + part.length, 0));
    if (bytes > this.#memory.length) this.#memory = disk.allocate(bytes);
    const batch = this.#encode(count, content);
    await this.#writeOrUndo(batch, segment.end);
    POINT: reached('journal.written');
    await this.#file.sync();
    POINT: reached('journal.synced');
    const tail = appends.at(-1)?.tail;
    assert(tail !== undefined, 'a batch has records');
    segment.extend(tail, segment.end + batch.length);
  }

  /** An empty batch, whose presence tells that the last one was not torn, if it is ever found bad. */
  async markEnd(): Promise<void> {
    const { end } = this.#segment;
    if (end + HEADER_BLOCK_BYTES > this.#parts.segmentBytes) return;
    await this.#file.write(this.#encode(0, []), end);
    await this.#file.sync();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  #encode(count: number, content: readonly Uint8Array[]): Uint8Array {
    const { header, end, tail } = this.#segment;
    const place = { hasher: this.#parts.hasher, key: header.key, offset: end };
    return encodeBatch(place, { first: tail.number + 1, count, content }, this.#memory);
  }

  /**
   * A file system that copies on write can be full even where zeros were written before. Then part
   * of the batch may be there, even all of it, and must not come back after a refusal.
   */
  async #writeOrUndo(batch: Uint8Array, offset: number): Promise<void> {
    try {
      await this.#file.write(batch, offset);
    } catch (error) {
      if (!isNoSpace(error)) throw error;
      try {
        await this.#undo(batch.fill(0), offset);
      } catch (cause) {
        const what = 'A part of a refused write cannot be undone.';
        throw new DiskError('io', this.#segment.path, what, { cause });
      }
      throw error;
    }
  }

  /** Where not even zeros find room, nothing is kept behind the end. */
  async #undo(zeros: Uint8Array, offset: number): Promise<void> {
    try {
      await this.#file.write(zeros, offset);
    } catch (error) {
      if (!isNoSpace(error)) throw error;
      await this.#file.truncate(offset);
    }
    await this.#file.sync();
  }
}

function openSegment(disk: Disk, { path }: Segment): Promise<DiskFile> {
  return disk.open(path, { mode: 'write', direct: true });
}
