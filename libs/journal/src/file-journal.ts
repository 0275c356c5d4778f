import {
  type Hasher,
  HoldfastError,
  type Journal,
  type JournalAppendOptions,
  type JournalRecord,
  type JournalResetOptions,
  type JournalTail,
  type QuarantinedJournal,
} from '@holdfast/contracts';
import { assert, type Disk, reached, Semaphore } from '@holdfast/kernel';
import {
  AppendQueue,
  type QueuedAppend,
  type QueuedReset,
  type QueuedRoll,
} from './append-queue.ts';
import { type Aside, readAside } from './aside.ts';
import { batchBytes } from './batch.ts';
import { BatchWriter } from './batch-writer.ts';
import { writeBeginning } from './beginning.ts';
import { HEADER_BLOCK_BYTES } from './format.ts';
import { beginsLater, fullDisk, isNoSpace, poisoned } from './journal-errors.ts';
import { setAside } from './keep-folders.ts';
import { JOURNAL_LIMITS } from './limits.ts';
import { dispensable, startAfter } from './open-segments.ts';
import { quarantine } from './quarantine.ts';
import type { Segment } from './segment.ts';
import type { SegmentSupply } from './segment-supply.ts';

export interface FileJournalParts {
  readonly disk: Disk;
  readonly folder: string;
  readonly hasher: Hasher;
  readonly supply: SegmentSupply;
  readonly segmentBytes: number;
  readonly reserveBytes: number;
  readonly segments: Segment[];
  readonly aside: Aside;
  readonly lock: AsyncDisposable;
}

/**
 * The journal in segment files. One batch is on its way to the disk at a time; whatever is appended
 * meanwhile shares the next one. So only the last batch can ever be torn.
 */
export class FileJournal implements Journal {
  readonly #parts: FileJournalParts;
  readonly #queue: AppendQueue;
  readonly #reads: Semaphore = new Semaphore(JOURNAL_LIMITS.reads);
  readonly #writer: BatchWriter;
  #segments: Segment[];
  #aside: Aside;
  #pump: Promise<void> | undefined;
  #poison: HoldfastError | undefined;
  #closing: Promise<void> | undefined;

  static async start(parts: FileJournalParts): Promise<FileJournal> {
    const last = parts.segments.at(-1);
    assert(last !== undefined, 'a journal has a segment');
    const writer = await BatchWriter.open(parts, last);
    const journal = new FileJournal(parts, last, writer);
    journal.#prepareSpare();
    return journal;
  }

  private constructor(parts: FileJournalParts, last: Segment, writer: BatchWriter) {
    this.#parts = parts;
    this.#segments = parts.segments;
    this.#aside = parts.aside;
    this.#writer = writer;
    const roomBytes = parts.segmentBytes - HEADER_BLOCK_BYTES;
    this.#queue = new AppendQueue(parts.hasher, last.tail, roomBytes);
  }

  get tail(): JournalTail {
    return this.#last.tail;
  }

  get poisoned(): string | undefined {
    return this.#poison?.message;
  }

  async append(
    records: readonly JournalRecord[],
    options: JournalAppendOptions = {},
  ): Promise<void> {
    this.#assertUsable();
    if (records.length === 0) return;
    const done = this.#queue.addRecords(records, options.freesSpace ?? false);
    this.#startPump();
    await done;
  }

  get first(): number {
    return this.#oldest.first;
  }

  bytesSince(number: number): number {
    const { segmentBytes } = this.#parts;
    const bytes = this.#segments.map((segment, i) => {
      const next = this.#segments[i + 1];
      if (next !== undefined) return next.first - 1 > number ? segmentBytes : 0;
      return segment.bytesSince(number);
    });
    return bytes.reduce((sum, one) => sum + one, 0);
  }

  async truncate(number: number): Promise<void> {
    this.#assertUsable();
    // No read may be under way in what is removed.
    using _turn = await this.#reads.acquire(JOURNAL_LIMITS.reads);
    this.#assertUsable();
    if (!dispensable(this.#segments, number)) return;
    const { disk, folder } = this.#parts;
    const { resets } = this.#last.header;
    await writeBeginning(this.#parts, { resets, first: number });
    for (let old = this.#oldest; dispensable(this.#segments, number); old = this.#oldest) {
      this.#segments.shift();
      await disk.unlink(old.path);
    }
    await disk.syncFolder(folder);
  }

  async roll(): Promise<void> {
    this.#assertUsable();
    const done = this.#queue.addRoll();
    this.#startPump();
    await done;
  }

  get kept(): readonly string[] {
    return this.#aside.kept;
  }

  get quarantined(): readonly QuarantinedJournal[] {
    return this.#aside.quarantined;
  }

  async reset(tail: JournalTail, options: JournalResetOptions = {}): Promise<void> {
    this.#assertUsable();
    const done = this.#queue.addReset(tail, options);
    this.#startPump();
    await done;
  }

  async read(from: number, maxBytes: number): Promise<JournalRecord[]> {
    using _turn = await this.#reads.acquire();
    this.#assertOpen();
    const { first } = this.#oldest;
    if (from < first) throw beginsLater(from, first);
    const records: JournalRecord[] = [];
    let bytes = 0;
    const take = (record: JournalRecord): boolean => {
      bytes += record.payload.length;
      if (records.length > 0 && bytes > maxBytes) return false;
      records.push(record);
      return bytes < maxBytes;
    };
    for (const [i, segment] of this.#segments.entries()) {
      const next = this.#segments[i + 1];
      if (next !== undefined && next.first <= from) continue;
      if (next !== undefined) await segment.scanUpTo(next.first - 1);
      const wanted = from + records.length;
      if (wanted <= segment.tail.number) await segment.read(wanted, take);
      if (bytes >= maxBytes || from + records.length <= segment.tail.number) break;
    }
    return records;
  }

  async hashOf(number: number): Promise<Uint8Array | undefined> {
    const { base } = this.#oldest.header;
    if (number < 1 || number < base.number || number > this.tail.number) return undefined;
    if (number === this.tail.number) return this.tail.hash;
    if (number === base.number) return base.hash;
    const [record] = await this.read(number, 0);
    return record?.hash;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  get #last(): Segment {
    const last = this.#segments.at(-1);
    assert(last !== undefined, 'a journal has a segment');
    return last;
  }

  get #oldest(): Segment {
    const [oldest] = this.#segments;
    assert(oldest !== undefined, 'a journal has a segment');
    return oldest;
  }

  #startPump(): void {
    this.#pump ??= this.#run().finally(() => {
      this.#pump = undefined;
      if (!this.#queue.empty) this.#startPump();
    });
  }

  async #run(): Promise<void> {
    // Whoever appends in this turn of the loop still joins.
    await Promise.resolve();
    while (!this.#queue.empty) {
      const taken = this.#queue.take();
      if (Array.isArray(taken)) await this.#write(taken);
      else if (taken.kind === 'roll') await this.#rollFor(taken);
      else await this.#begin(taken);
    }
  }

  async #write(appends: readonly QueuedAppend[]): Promise<void> {
    try {
      await this.#makeRoom(appends);
      await this.#writer.write(appends);
      for (const append of appends) append.done.resolve();
    } catch (error) {
      const reason = this.#refusal(error);
      for (const append of appends) append.done.reject(reason);
      if (this.#poison !== undefined) this.#queue.rejectAll(reason);
      else this.#queue.rejectAppends(reason, this.tail);
    }
  }

  /** Sees to it that a batch fits behind the end. Nothing of it is on the disk if this fails. */
  async #makeRoom(appends: readonly QueuedAppend[]): Promise<void> {
    const { supply, segmentBytes, reserveBytes } = this.#parts;
    const bytes = batchBytes(appends.reduce((sum, append) => sum + append.content.length, 0));
    if (this.#last.end + bytes > segmentBytes) await this.#roll();
    const ahead = supply.ready ? segmentBytes - HEADER_BLOCK_BYTES : 0;
    const left = segmentBytes - this.#last.end - bytes + ahead;
    const keep = appends.every((append) => append.freesSpace) ? 0 : reserveBytes;
    if (left < keep) await supply.prepare();
  }

  async #rollFor(roll: QueuedRoll): Promise<void> {
    try {
      if (this.#last.tail.number >= this.#last.first) await this.#roll();
      roll.done.resolve();
    } catch (error) {
      const reason = this.#refusal(error);
      roll.done.reject(reason);
      if (this.#poison !== undefined) this.#queue.rejectAll(reason);
    }
  }

  async #roll(): Promise<void> {
    const segment = await this.#parts.supply.take(startAfter(this.#last));
    POINT: reached('journal.segment-begun');
    await this.#writer.continueIn(segment);
    this.#segments.push(segment);
    this.#prepareSpare();
  }

  /** Ahead of its use, so that no append waits for it. If it fails, whoever needs it is told. */
  #prepareSpare(): void {
    this.#parts.supply.prepare().catch(() => {});
  }

  async #begin(reset: QueuedReset): Promise<void> {
    try {
      // No read may be under way in what is removed.
      using _turn = await this.#reads.acquire(JOURNAL_LIMITS.reads);
      const { disk, folder, hasher, supply } = this.#parts;
      const { resets: before } = this.#last.header;
      const resets = before + 1;
      const place = { disk, folder, hasher, resets: before };
      const paths = this.#segments.map(({ path }) => path);
      if (reset.options.keep) await setAside('set-aside', { ...place, paths });
      if (reset.options.damaged) await quarantine(place, { paths, tail: this.tail });
      const segment = await supply.take({ resets, base: reset.tail, segmentBefore: 0 });
      await this.#writer.continueIn(segment);
      const old = this.#segments;
      this.#segments = [segment];
      for (const { path } of old) await disk.unlink(path);
      await disk.syncFolder(folder);
      this.#aside = await readAside({ ...place, resets });
      this.#prepareSpare();
      reset.done.resolve();
    } catch (error) {
      const reason = this.#refusal(error);
      reset.done.reject(reason);
      if (this.#poison !== undefined) this.#queue.rejectAll(reason);
      else this.#queue.rejectAppends(reason, this.tail);
    }
  }

  /** What callers are told. Anything but a full disk ends writing for good. */
  #refusal(error: unknown): HoldfastError {
    if (isNoSpace(error)) return fullDisk(error);
    this.#poison ??= poisoned(this.#parts.folder, error);
    return this.#poison;
  }

  #assertUsable(): void {
    this.#assertOpen();
    if (this.#poison !== undefined) throw this.#poison;
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) {
      throw new HoldfastError('unavailable', 'The journal is closed.');
    }
  }

  async #close(): Promise<void> {
    while (this.#pump !== undefined) await this.#pump;
    await this.#parts.supply.settled();
    using _turn = await this.#reads.acquire(JOURNAL_LIMITS.reads);
    try {
      if (this.#poison === undefined) await this.#writer.markEnd();
    } finally {
      await this.#writer.close();
      await this.#parts.lock[Symbol.asyncDispose]();
    }
  }
}
