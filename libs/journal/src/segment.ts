import {
  continuesChain,
  decodeRecords,
  type Hasher,
  type JournalRecord,
  type JournalTail,
  tailOf,
} from '@holdfast/contracts';
import { type Disk, DISK_BLOCK_BYTES, type DiskFile } from '@holdfast/kernel';
import { BATCH_HEADER_BYTES, type Batch, batchBytes, claimedBytes, decodeBatch } from './batch.ts';
import { BlockWindow, type WindowMemory } from './block-window.ts';
import { damagedJournal, HEADER_BLOCK_BYTES } from './format.ts';
import { JOURNAL_LIMITS } from './limits.ts';
import { decodeSegmentHeader, isBlank, type SegmentHeader } from './segment-header.ts';

export interface SegmentPlace {
  readonly memory: WindowMemory;
  readonly hasher: Hasher;
  readonly path: string;
  readonly header: SegmentHeader;
}

interface IndexEntry {
  /** The number of the next record at `offset`. */
  readonly number: number;
  readonly offset: number;
}

/** One file of the journal: a header, and batches from its second block on. */
export class Segment {
  readonly path: string;
  readonly header: SegmentHeader;
  /** The last record that is on stable storage in this segment, or the base. */
  tail: JournalTail;
  /** Where the next batch begins, behind what is on stable storage. */
  end: number = HEADER_BLOCK_BYTES;
  readonly #disk: Disk;
  readonly #memory: WindowMemory;
  readonly #hasher: Hasher;
  /** Where the last batch that `scan` took in begins. */
  #lastBatch: number | undefined;
  /** Entries in order, `indexStepBytes` or more apart. */
  readonly #index: IndexEntry[] = [];

  constructor(place: SegmentPlace) {
    this.path = place.path;
    this.header = place.header;
    this.tail = place.header.base;
    this.#disk = place.memory.disk;
    this.#memory = place.memory;
    this.#hasher = place.hasher;
  }

  /** The number of the first record that it has or will have. */
  get first(): number {
    return this.header.base.number + 1;
  }

  /** Notes that a batch ending with `tail` now stands at the end, which moves to `end`. */
  extend(tail: JournalTail, end: number): void {
    this.#note({ number: this.tail.number + 1, offset: this.end });
    this.tail = tail;
    this.end = end;
  }

  /**
   * Reads the batches from `end` on as far as they are whole and continue the chain, and takes them
   * in. Throws `damaged` if a whole batch stands behind one that is not.
   */
  async scan(): Promise<void> {
    await using file = await this.#disk.open(this.path, { mode: 'read', direct: true });
    using window = new BlockWindow(this.#memory, file);
    for (;;) {
      const batch = await this.#batchAt(window, this.end);
      if (batch === undefined) break;
      this.#lastBatch = this.end;
      this.extend(this.#tailAfter(batch), batch.end);
    }
    await this.#assertNothingFollows(file, window);
  }

  /**
   * Writes zeros over whatever stands behind the end, and up to `bytes`, and syncs; returns the
   * number of bytes that were something else. What a torn write left must not be met again, and
   * what a killed program wrote may be whole and still on its way to the disk. The last batch is
   * written once more: if its sync failed, it may be readable only until the power goes, and no
   * later sync would care for it.
   */
  async blankRest(bytes: number): Promise<number> {
    await using file = await this.#disk.open(this.path, { mode: 'write', direct: true });
    using window = new BlockWindow(this.#memory, file);
    const zeros = this.#disk.allocate(DISK_BLOCK_BYTES);
    const size = await file.size();
    let blanked = 0;
    if (this.#lastBatch !== undefined) {
      const again = await window.view(this.#lastBatch, this.end - this.#lastBatch);
      await file.write(again, this.#lastBatch);
    }
    for (let offset = this.end; offset < size; offset += DISK_BLOCK_BYTES) {
      const block = await window.view(offset, DISK_BLOCK_BYTES);
      if (block.length === DISK_BLOCK_BYTES && isBlank(block)) continue;
      await file.write(zeros, offset);
      blanked += DISK_BLOCK_BYTES;
    }
    if (size < bytes) await file.preallocate(bytes);
    await file.sync();
    return blanked;
  }

  /** Scans a segment that is followed by another, which says where this one must end. */
  async scanUpTo(number: number): Promise<void> {
    if (this.tail.number === number) return;
    await this.scan();
    if (this.tail.number !== number) throw this.#damaged(this.end);
  }

  /**
   * Passes the records from `from` on to `take`, which says whether it wants more. Only what is on
   * stable storage is read.
   */
  async read(from: number, take: (record: JournalRecord) => boolean): Promise<void> {
    await using file = await this.#disk.open(this.path, { mode: 'read', direct: true });
    using window = new BlockWindow(this.#memory, file);
    const { tail, end } = this;
    const begin = this.#offsetOf(from);
    // Whoever reads all of it learns of a header that no opening could read any more.
    if (begin === HEADER_BLOCK_BYTES) {
      const header = await window.view(0, HEADER_BLOCK_BYTES);
      decodeSegmentHeader(this.#hasher, header, this.path);
    }
    for (let offset = begin; offset < end;) {
      const batch = await this.#batchAt(window, offset);
      if (batch === undefined) throw this.#damaged(offset);
      for (const record of decodeRecords(batch.content)) {
        if (record.number >= from && record.number <= tail.number && !take(record)) return;
      }
      offset = batch.end;
    }
  }

  /** Bytes behind record `number`, more or less. */
  bytesSince(number: number): number {
    return number >= this.tail.number ? 0 : this.end - this.#offsetOf(number);
  }

  async #batchAt(window: BlockWindow, offset: number): Promise<Batch | undefined> {
    const block = await window.view(offset, DISK_BLOCK_BYTES);
    if (block.length < BATCH_HEADER_BYTES) return undefined;
    const claimed = claimedBytes(block);
    if (claimed === undefined) return undefined;
    const bytes = await window.view(offset, batchBytes(claimed));
    return decodeBatch({ hasher: this.#hasher, key: this.header.key, offset }, bytes);
  }

  /** The tail once `batch` is taken in. */
  #tailAfter(batch: Batch): JournalTail {
    let { tail } = this;
    for (const record of decodeRecords(batch.content)) {
      if (!continuesChain(this.#hasher, tail, record)) throw this.#damaged(this.end);
      tail = tailOf(record);
    }
    return tail;
  }

  /**
   * A batch is written only when the one before is on stable storage. So if any whole batch stands
   * behind the end, what stands at the end was acknowledged, and has been damaged since.
   */
  async #assertNothingFollows(file: DiskFile, window: BlockWindow): Promise<void> {
    const size = await file.size();
    for (let offset = this.end; offset < size; offset += DISK_BLOCK_BYTES) {
      if ((await this.#batchAt(window, offset)) !== undefined) throw this.#damaged(this.end);
    }
  }

  #damaged(offset: number): Error {
    return damagedJournal(this.path, offset, 'the records there are not as they were written.');
  }

  #note(entry: IndexEntry): void {
    const last = this.#index.at(-1);
    const far = last === undefined || entry.offset >= last.offset + JOURNAL_LIMITS.indexStepBytes;
    if (far) this.#index.push(entry);
  }

  /** Where to begin reading for record `number`. */
  #offsetOf(number: number): number {
    let low = 0;
    for (let high = this.#index.length; low < high;) {
      const middle = (low + high) >> 1;
      if ((this.#index[middle]?.number ?? Infinity) <= number) low = middle + 1;
      else high = middle;
    }
    return this.#index[low - 1]?.offset ?? HEADER_BLOCK_BYTES;
  }
}
