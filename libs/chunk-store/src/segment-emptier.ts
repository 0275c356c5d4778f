import { type Disk, equalBytes, reached } from '@holdfast/kernel';
import { HASH_AT } from './chunk-key.ts';
import type { ChunkTable, RecordPlace } from './chunk-table.ts';
import { ENTRY_BYTES, type FrameEntry, type FrameSeal, locate } from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import { CHUNK_STORE_LIMITS } from './limits.ts';
import type { SegmentFiles } from './segment-files.ts';
import { SEGMENT_HEADER_BYTES } from './segment-header.ts';
import type { SegmentSet } from './segment-set.ts';

export interface SegmentEmptierParts {
  readonly disk: Disk;
  readonly seal: FrameSeal;
  readonly files: SegmentFiles;
  readonly segments: SegmentSet;
  readonly table: ChunkTable;
  /** Settles when what is under way for a chunk has; undefined if nothing is. */
  readonly underWay: (key: Uint8Array) => Promise<void> | undefined;
  /** Appends a record again, with its bytes; resolves when it is on stable storage. */
  readonly append: (record: FrameEntry, content: Uint8Array) => Promise<void>;
  readonly quarantine: (key: Uint8Array, place: RecordPlace) => void;
}

interface PlacedRecord {
  readonly record: FrameEntry;
  readonly place: RecordPlace;
}

/** A record that is needed, with a copy of its bytes. */
interface Carried extends PlacedRecord {
  readonly content: Uint8Array;
}

/** Bytes of a segment between which no frame can be read. */
interface Gap {
  readonly from: number;
  readonly to: number;
}

/** Appends what is still needed of a segment again, and then removes the segment. */
export class SegmentEmptier {
  readonly #parts: SegmentEmptierParts;
  readonly #signal: AbortSignal;

  constructor(parts: SegmentEmptierParts, signal: AbortSignal) {
    this.#parts = parts;
    this.#signal = signal;
  }

  /** `pause` is awaited after each step, with the bytes that it has carried on. */
  async empty(number: number, pause: (bytes: number) => Promise<void>): Promise<void> {
    const { segments, files, disk, seal } = this.#parts;
    await segments.beginEmptying(number);
    POINT: reached('compaction.begun');
    await files.use(number, async (file) => {
      const reader = new FrameReader(disk, file, number, seal);
      for await (const step of this.#steps(reader, number)) {
        await this.#appendAll(step);
        await pause(step.reduce((sum, { content }) => sum + content.length + ENTRY_BYTES, 0));
      }
    });
    POINT: reached('compaction.copied');
    await segments.remove(number);
    POINT: reached('compaction.removed');
  }

  /** What is needed, so much at a time that small records share frames. */
  async *#steps(reader: FrameReader, segment: number): AsyncGenerator<readonly Carried[]> {
    let step: Carried[] = [];
    let bytes = 0;
    for await (const { record, place } of this.#records(reader, segment)) {
      this.#signal.throwIfAborted();
      const content = await this.#content(reader, record, place);
      if (content === undefined) continue;
      step.push({ record, place, content });
      bytes += content.length + ENTRY_BYTES;
      const { compactionStepBytes, frameEntries } = CHUNK_STORE_LIMITS;
      if (bytes < compactionStepBytes && step.length < frameEntries) continue;
      yield step;
      step = [];
      bytes = 0;
    }
    if (step.length > 0) yield step;
  }

  /** Those of all whole frames, and what stands where no frame can be read. */
  async *#records(reader: FrameReader, segment: number): AsyncGenerator<PlacedRecord> {
    const gaps: Gap[] = [];
    let at = SEGMENT_HEADER_BYTES;
    for await (const frame of reader.frames()) {
      if (frame.offset > at) gaps.push({ from: at, to: frame.offset });
      at = frame.offset + frame.bytes;
      for (const { entry: record, offset } of locate(frame))
        yield { record, place: { segment, offset } };
    }
    const { bytes: end } = this.#parts.segments.from(segment) ?? { bytes: 0 };
    if (at < end) gaps.push({ from: at, to: end });
    if (gaps.length > 0) yield* this.#unframed(segment, gaps);
  }

  /** A damaged header says nothing of the bytes behind it: what the index still has there may be whole. */
  #unframed(segment: number, gaps: readonly Gap[]): readonly PlacedRecord[] {
    const found: PlacedRecord[] = [];
    this.#parts.table.index.forEach((key, entry) => {
      const { offset, position, length } = entry;
      const place = { segment, offset };
      const record = { key: key.slice(), position, target: 0 };
      const isHere = entry.segment === segment;
      if (isHere && gaps.some(({ from, to }) => offset >= from && offset < to)) {
        found.push({ record: { ...record, kind: 'put', length }, place });
      } else if (!isHere && entry.touchSegment === segment) {
        found.push({ record: { ...record, kind: 'touch', length: 0 }, place });
      }
    });
    return found;
  }

  /** A copy of a record's bytes; undefined if it is not needed, or damaged. */
  async #content(
    reader: FrameReader,
    record: FrameEntry,
    place: RecordPlace,
  ): Promise<Uint8Array | undefined> {
    const { table, seal, quarantine } = this.#parts;
    if (!table.needs(record, place)) return undefined;
    if (record.length === 0) return new Uint8Array(0);
    const content = (await reader.content(place.offset, record.length))?.slice();
    const hash = content && seal.hasher.hash([content]);
    if (hash !== undefined && equalBytes(hash, record.key.subarray(HASH_AT))) return content;
    quarantine(record.key, place);
    return undefined;
  }

  async #appendAll(step: readonly Carried[]): Promise<void> {
    const { underWay } = this.#parts;
    // Small records share a frame only while no large one stands between them.
    const { smallChunkBytes } = CHUNK_STORE_LIMITS;
    const isLarge = ({ content }: Carried): number => Number(content.length > smallChunkBytes);
    let left = step.toSorted((a, b) => isLarge(a) - isLarge(b));
    while (left.length > 0) {
      for (const { record } of left) await underWay(record.key);
      // From here to the appends nothing may be awaited: what is needed is decided in log order.
      const waiting: Carried[] = [];
      const appending: Promise<void>[] = [];
      for (const carried of left) {
        if (underWay(carried.record.key) === undefined) appending.push(...this.#append(carried));
        else waiting.push(carried);
      }
      await Promise.all(appending);
      left = waiting;
    }
  }

  #append({ record, place, content }: Carried): Promise<void>[] {
    const { table, append } = this.#parts;
    // It may have been overwritten or deleted since it was read.
    return table.needs(record, place) ? [append(this.#again(record), content)] : [];
  }

  #again(record: FrameEntry): FrameEntry {
    if (record.kind === 'touch' || record.kind === 'delete') return record;
    const position = this.#parts.table.index.get(record.key)?.position ?? record.position;
    return { ...record, kind: 'move', position };
  }
}
