import type { RecordPosition, VerifiedRecords } from '@holdfast/contracts';
import { type Disk, type DiskFile, equalBytes, joinParts } from '@holdfast/kernel';
import type { ChunkReader } from './chunk-reader.ts';
import { HASH_AT } from './chunk-key.ts';
import type { ChunkTable, RecordPlace } from './chunk-table.ts';
import { type FrameEntry, type FrameSeal, locate } from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import type { SegmentFiles } from './segment-files.ts';
import { SEGMENT_HEADER_BYTES } from './segment-header.ts';
import type { Segment, SegmentSet } from './segment-set.ts';

export interface RecordVerifierParts {
  readonly disk: Disk;
  readonly seal: FrameSeal;
  readonly files: SegmentFiles;
  readonly segments: SegmentSet;
  readonly table: ChunkTable;
  readonly reader: ChunkReader;
  /** Stops serving what is damaged at a place; false if it is served from elsewhere. */
  readonly quarantine: (key: Uint8Array, place: RecordPlace) => boolean;
  /** Settles when what is under way for a chunk has; undefined if nothing is. */
  readonly underWay: (key: Uint8Array) => Promise<void> | undefined;
  /** Appends a record again, with its bytes; resolves when it is on stable storage. */
  readonly append: (record: FrameEntry, content: Uint8Array) => Promise<void>;
  readonly notice: (text: string) => void;
}

/**
 * Re-reads the records of the segments, in the order in which they stand on the disk. A chunk whose
 * bytes are damaged goes to quarantine. Where a frame's header is damaged, its chunks are whole, but
 * would not be found again by an opening that has to go through the segment: they are appended anew.
 */
export class RecordVerifier {
  readonly #parts: RecordVerifierParts;

  constructor(parts: RecordVerifierParts) {
    this.#parts = parts;
  }

  async verify(from: RecordPosition | undefined, maxBytes: number): Promise<VerifiedRecords> {
    const { segments, files } = this.#parts;
    const segment = segments.from(from?.segment ?? 0);
    if (segment === undefined) return { next: undefined, bytes: 0, damaged: 0 };
    const offset = segment.number === from?.segment ? from.offset : SEGMENT_HEADER_BYTES;
    return await files.use(segment.number, (file) => this.#walk(segment, file, offset, maxBytes));
  }

  async #walk(
    segment: Segment,
    file: DiskFile,
    start: number,
    maxBytes: number,
  ): Promise<VerifiedRecords> {
    const { disk, seal } = this.#parts;
    const { number, bytes: end } = segment;
    const reader = new FrameReader(disk, file, number, seal);
    let at = start;
    let damaged = 0;
    for await (const frame of reader.frames(start)) {
      // What stands behind is still on its way to stable storage.
      if (frame.offset >= end) break;
      if (frame.offset > at) damaged += await this.#rescue(number, at, frame.offset);
      for (const { entry, offset } of locate(frame)) {
        damaged += await this.#verifyOne(reader, entry, { segment: number, offset });
      }
      at = frame.offset + frame.bytes;
      if (at - start >= maxBytes) {
        return { next: { segment: number, offset: at }, bytes: at - start, damaged };
      }
    }
    if (at < end) damaged += await this.#rescue(number, at, end);
    const next = this.#parts.segments.from(number + 1);
    return {
      next: next && { segment: next.number, offset: SEGMENT_HEADER_BYTES },
      bytes: Math.max(0, end - start),
      damaged,
    };
  }

  /** 1 if the record brings a chunk that is served from here and is damaged. */
  async #verifyOne(reader: FrameReader, entry: FrameEntry, place: RecordPlace): Promise<number> {
    const { table, seal, quarantine } = this.#parts;
    if (entry.length === 0 || entry.kind === 'delete' || !table.needs(entry, place)) return 0;
    const content = await reader.content(place.offset, entry.length);
    const hash = content && seal.hasher.hash([content]);
    if (hash !== undefined && equalBytes(hash, entry.key.subarray(HASH_AT))) return 0;
    return quarantine(entry.key, place) ? 1 : 0;
  }

  /** Between two bytes of a segment no frame can be read. Returns how many chunks that concerns. */
  async #rescue(segment: number, from: number, to: number): Promise<number> {
    const { table, files, notice } = this.#parts;
    const keys: Uint8Array[] = [];
    table.index.forEach((key, entry) => {
      const inside = entry.segment === segment && entry.offset >= from && entry.offset < to;
      if (inside) keys.push(key.slice());
    });
    // Damage that was met before concerns nothing any more.
    if (keys.length === 0) return 0;
    notice(
      `${to - from} bytes of records in ${files.path(segment)} at byte ${from} are damaged; ` +
        `what is whole of ${keys.length} chunks there is written again.`,
    );
    for (const key of keys) await this.#writeAgain(key, segment);
    return keys.length;
  }

  async #writeAgain(key: Uint8Array, segment: number): Promise<void> {
    const { table, reader, quarantine, underWay, append } = this.#parts;
    const found = table.index.get(key);
    if (found?.segment !== segment) return;
    const lent = await reader.read(key, found);
    if (lent === undefined) {
      quarantine(key, found);
      return;
    }
    const content = joinParts(lent).slice();
    lent[Symbol.dispose]?.();
    for (let wait = underWay(key); wait; wait = underWay(key)) await wait;
    // From here to the append nothing may be awaited: what is needed must be decided in log order.
    const now = table.index.get(key);
    if (now?.segment !== segment || now.offset !== found.offset) return;
    const { position, length } = now;
    // A store that takes no writes goes on serving it from where it is.
    await append({ kind: 'move', key, position, length, target: 0 }, content).catch(() => {});
  }
}
