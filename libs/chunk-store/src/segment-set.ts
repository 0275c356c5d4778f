import type { Hasher } from '@holdfast/contracts';
import { assert, type Disk, reached, Semaphore } from '@holdfast/kernel';
import type { Catalogue, CataloguedSegment, CatalogueFile } from './catalogue.ts';
import { ENTRY_BYTES } from './frame.ts';
import { encodeSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from './segment-header.ts';
import type { SegmentFiles } from './segment-files.ts';

/** A segment that is there, and how much of it is still needed. */
export interface Segment extends CataloguedSegment {
  readonly bytes: number;
  /**
   * Bytes that chunks which are served from here, and touches and deletes that still count, take where
   * they are packed.
   */
  readonly liveBytes: number;
  /** Bytes that compaction would give back. */
  readonly deadBytes: number;
}

interface SegmentState {
  catalogued: CataloguedSegment;
  bytes: number;
  liveBytes: number;
  /** Deletes in here, by the segment whose bytes they remove. */
  readonly deletes: Map<number, number>;
}

export interface SegmentSetParts {
  readonly disk: Disk;
  readonly hasher: Hasher;
  readonly folder: string;
  readonly files: SegmentFiles;
  readonly catalogue: CatalogueFile;
}

/** The segments of a store: which there are, durably, and what is live in each. */
export class SegmentSet {
  readonly #parts: SegmentSetParts;
  /** In order of number. */
  readonly #segments = new Map<number, SegmentState>();
  /** The list is replaced as a whole, by one at a time. */
  readonly #turns: Semaphore = new Semaphore(1);
  #emptying: number | undefined;

  constructor(parts: SegmentSetParts, catalogue: Catalogue) {
    this.#parts = parts;
    this.#emptying = catalogue.emptying;
    for (const catalogued of catalogue.segments) this.#add(catalogued, SEGMENT_HEADER_BYTES);
  }

  /** Bytes of all segment files. */
  get totalBytes(): number {
    let total = 0;
    for (const segment of this.#segments.values()) total += segment.bytes;
    return total;
  }

  /** The segment that compaction has begun to empty. */
  get emptying(): number | undefined {
    return this.#emptying;
  }

  /** The last segment, which is written to. */
  get active(): Segment {
    const last = [...this.#segments.values()].at(-1);
    assert(last !== undefined, 'a store has a segment that is written to');
    return shown(last);
  }

  has(number: number): boolean {
    return this.#segments.has(number);
  }

  /** All segments, in order. */
  all(): Segment[] {
    return [...this.#segments.values()].map(shown);
  }

  /** Segments that are full, in order. */
  sealed(): Segment[] {
    return [...this.#segments.values()].filter((s) => s.catalogued.sealed).map(shown);
  }

  /** The first segment of this number or a higher one. */
  from(number: number): Segment | undefined {
    const found = [...this.#segments.values()].find((s) => s.catalogued.number >= number);
    return found && shown(found);
  }

  /** Writes the list anew if what stands on the disk is damaged or gone; true if it was. */
  healList(): Promise<boolean> {
    return this.#turns.run(async () => {
      if (await this.#parts.catalogue.isWhole()) return false;
      await this.#save(this.#catalogued(), this.#emptying);
      return true;
    });
  }

  setBytes(number: number, bytes: number): void {
    this.#state(number).bytes = bytes;
  }

  /** More or less of a segment is needed. One that is gone no longer counts. */
  addLive(number: number, bytes: number): void {
    const segment = this.#segments.get(number);
    if (segment !== undefined) segment.liveBytes += bytes;
  }

  /** A delete record in `number` must be kept while `target` is there. */
  addDelete(number: number, target: number): void {
    if (!this.#segments.has(target) || number === target) return;
    const { deletes } = this.#state(number);
    deletes.set(target, (deletes.get(target) ?? 0) + 1);
    this.addLive(number, ENTRY_BYTES);
  }

  /** Begins the next segment, and seals the one before. Durable when it resolves. */
  begin(firstSequence: number, firstPosition: number): Promise<Segment> {
    return this.#turns.run(async () => {
      const before = [...this.#segments.values()].at(-1);
      const number = (before?.catalogued.number ?? 0) + 1;
      const fresh = { number, firstSequence, firstPosition };
      await this.#createFile(fresh);
      const others = this.#catalogued();
      if (before !== undefined) {
        const found = { bytes: before.bytes, lastSequence: firstSequence - 1 };
        const sealed = before.catalogued.sealed ?? found;
        others[others.length - 1] = { ...before.catalogued, sealed };
      }
      await this.#save([...others, fresh], this.#emptying);
      if (before !== undefined) before.catalogued = others.at(-1) ?? before.catalogued;
      return shown(this.#add(fresh, SEGMENT_HEADER_BYTES));
    });
  }

  /** Notes durably that `number` is being emptied. */
  beginEmptying(number: number): Promise<void> {
    return this.#turns.run(async () => {
      if (this.#emptying === number) return;
      await this.#save(this.#catalogued(), number);
      this.#emptying = number;
    });
  }

  /** Removes a segment that nothing is needed of any more: first from the list, then from disk. */
  async remove(number: number): Promise<void> {
    await this.#turns.run(async () => {
      const others = this.#catalogued().filter((segment) => segment.number !== number);
      await this.#save(others, undefined);
      this.#emptying = undefined;
      this.#segments.delete(number);
      for (const segment of this.#segments.values()) {
        segment.liveBytes -= (segment.deletes.get(number) ?? 0) * ENTRY_BYTES;
        segment.deletes.delete(number);
      }
    });
    POINT: reached('compaction.switched');
    await this.#parts.files.remove(number);
  }

  /** Says what a segment consists of. The next one that is begun makes it durable. */
  seal(number: number, sealed: { readonly bytes: number; readonly lastSequence: number }): void {
    const segment = this.#state(number);
    segment.catalogued = { ...segment.catalogued, sealed };
  }

  /** Forgets a segment whose file is gone. */
  forget(number: number): void {
    this.#segments.delete(number);
  }

  async #createFile(header: SegmentHeader): Promise<void> {
    const { disk, hasher, folder, files } = this.#parts;
    const block = disk.allocate(SEGMENT_HEADER_BYTES);
    encodeSegmentHeader(hasher, header, block);
    await using file = await disk.open(files.path(header.number), { mode: 'create', direct: true });
    // A crash may have left one of this number that never came to be used.
    await file.truncate(0);
    await file.write(block, 0);
    await file.sync();
    await disk.syncFolder(folder);
  }

  async #save(segments: readonly CataloguedSegment[], emptying: number | undefined): Promise<void> {
    const open = emptying === undefined ? {} : { emptying };
    await this.#parts.catalogue.write({ segments, ...open });
  }

  #catalogued(): CataloguedSegment[] {
    return [...this.#segments.values()].map((segment) => segment.catalogued);
  }

  #add(catalogued: CataloguedSegment, bytes: number): SegmentState {
    const state = { catalogued, bytes, liveBytes: 0, deletes: new Map<number, number>() };
    this.#segments.set(catalogued.number, state);
    return state;
  }

  #state(number: number): SegmentState {
    const segment = this.#segments.get(number);
    assert(segment !== undefined, 'what is written goes to a segment that is there');
    return segment;
  }
}

function shown(segment: SegmentState): Segment {
  const { catalogued, bytes, liveBytes } = segment;
  const deadBytes = Math.max(0, bytes - SEGMENT_HEADER_BYTES - liveBytes);
  return { ...catalogued, bytes, liveBytes, deadBytes };
}
