import { ChunkIndex, type IndexEntry } from './chunk-index.ts';
import { ENTRY_BYTES, type FrameEntry, packedBytes } from './frame.ts';
import type { SegmentSet } from './segment-set.ts';

/** Where a record's bytes stand. */
export interface RecordPlace {
  readonly segment: number;
  readonly offset: number;
}

/**
 * What the records of the log, taken in their order, amount to: the index, and how much of each
 * segment is live. The newest position decides, so that records which compaction wrote again, at
 * the positions they had, change nothing that came after them.
 */
export class ChunkTable {
  readonly index: ChunkIndex = new ChunkIndex();
  readonly #segments: SegmentSet;

  constructor(segments: SegmentSet) {
    this.#segments = segments;
  }

  apply(record: FrameEntry, place: RecordPlace): void {
    const known = this.index.get(record.key);
    switch (record.kind) {
      case 'put':
        if (known === undefined || known.position < record.position)
          this.#place(record, place, known);
        return;
      case 'move':
        if (known === undefined || known.position <= record.position)
          this.#place(record, place, known);
        return;
      case 'touch':
        if (known !== undefined && known.position <= record.position)
          this.#touch(record, place, known);
        return;
      case 'delete':
        this.#segments.addDelete(place.segment, record.target);
        if (known !== undefined && known.position <= record.position) this.#drop(record.key, known);
    }
  }

  /** Stops serving a chunk whose bytes at `place` are damaged, unless it is served from elsewhere. */
  quarantine(key: Uint8Array, place: RecordPlace): boolean {
    const known = this.index.get(key);
    if (!isIn(place, known)) return false;
    this.#drop(key, known);
    return true;
  }

  /** Whether a chunk is served from there. */
  isAt(key: Uint8Array, place: RecordPlace): boolean {
    return isIn(place, this.index.get(key));
  }

  /** Whether compaction must carry a record of segment `place.segment` on. */
  needs(record: FrameEntry, place: RecordPlace): boolean {
    if (record.kind === 'delete') {
      return record.target !== place.segment && this.#segments.has(record.target);
    }
    const known = this.index.get(record.key);
    if (known === undefined) return false;
    return record.kind === 'touch'
      ? known.touchSegment === place.segment && known.position === record.position
      : isIn(place, known);
  }

  #place(record: FrameEntry, place: RecordPlace, known: IndexEntry | undefined): void {
    if (known !== undefined) this.#count(known, -1);
    const { length, position } = record;
    const entry = { ...place, length, position, touchSegment: 0 };
    this.index.set(record.key, entry);
    this.#count(entry, 1);
  }

  #touch(record: FrameEntry, place: RecordPlace, known: IndexEntry): void {
    this.#count(known, -1);
    const entry = { ...known, position: record.position, touchSegment: place.segment };
    this.index.set(record.key, entry);
    this.#count(entry, 1);
  }

  #drop(key: Uint8Array, known: IndexEntry): void {
    this.#count(known, -1);
    this.index.delete(key);
  }

  #count(entry: IndexEntry, sign: 1 | -1): void {
    this.#segments.addLive(entry.segment, sign * packedBytes(entry.length));
    if (entry.touchSegment !== 0) this.#segments.addLive(entry.touchSegment, sign * ENTRY_BYTES);
  }
}

function isIn(place: RecordPlace, known: IndexEntry | undefined): known is IndexEntry {
  return known?.segment === place.segment && known.offset === place.offset;
}
