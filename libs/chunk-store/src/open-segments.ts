import { type Hasher, isHoldfastError } from '@holdfast/contracts';
import type { Disk } from '@holdfast/kernel';
import { type Catalogue, CatalogueFile, type CataloguedSegment } from './catalogue.ts';
import { ChunkTable } from './chunk-table.ts';
import { damagedStore } from './format.ts';
import { type Frame, type FrameSeal, locate } from './frame.ts';
import { FrameReader } from './frame-reader.ts';
import { type RecoveredSegment, recoverSegment } from './recover-segment.ts';
import { rewriteTail } from './rewrite-tail.ts';
import { type SegmentFiles, segmentNumber } from './segment-files.ts';
import { decodeSegmentHeader, SEGMENT_HEADER_BYTES, type SegmentHeader } from './segment-header.ts';
import type { LogStart } from './segment-log.ts';
import { SegmentSet } from './segment-set.ts';
import { readSummary, Summary } from './summary.ts';

export interface OpenSegmentsOptions {
  readonly disk: Disk;
  readonly hasher: Hasher;
  readonly folder: string;
  readonly segmentFolder: string;
  readonly seal: FrameSeal;
  readonly files: SegmentFiles;
  readonly notice: (text: string) => void;
  /** Notes durably that the store may have forgotten something that it acknowledged, and why. */
  readonly onForgotten: (reason: string) => Promise<void>;
}

export interface OpenedSegments {
  readonly segments: SegmentSet;
  readonly table: ChunkTable;
  readonly start: LogStart;
  readonly lostFrames: number;
}

/** A segment whose frames were gone through. */
interface ScannedSegment extends RecoveredSegment {
  readonly number: number;
  readonly tornBytes: number;
  readonly summary: Summary;
}

/**
 * Reads what the segments hold and finds out whether something is missing. Nothing on the disk is
 * changed before that is noted; then the torn tail is cut.
 */
export async function openSegments(options: OpenSegmentsOptions): Promise<OpenedSegments> {
  const opening = new SegmentOpening(options);
  return await opening.run();
}

class SegmentOpening {
  readonly #options: OpenSegmentsOptions;
  readonly #catalogueFile: CatalogueFile;
  readonly #forgotten: string[] = [];
  readonly #scanned: ScannedSegment[] = [];

  constructor(options: OpenSegmentsOptions) {
    this.#options = options;
    this.#catalogueFile = new CatalogueFile(options.disk, options.hasher, options.folder);
  }

  async run(): Promise<OpenedSegments> {
    const present = await this.#present();
    const catalogue = await this.#catalogue(present);
    const { disk, hasher, segmentFolder: folder, files } = this.#options;
    const parts = { disk, hasher, folder, files, catalogue: this.#catalogueFile };
    const segments = new SegmentSet(parts, catalogue);
    const table = new ChunkTable(segments);
    for (const segment of catalogue.segments) {
      if (present.includes(segment.number)) await this.#read(segments, table, segment);
      else this.#loseSegment(segments, segment.number);
    }
    const last = catalogue.segments.at(-1);
    const scannedLast = this.#scanned.find(({ number }) => number === last?.number);
    const lastSequence = Math.max((last?.firstSequence ?? 1) - 1, scannedLast?.lastSequence ?? 0);
    const positions = this.#scanned.map((scanned) => scanned.nextPosition);
    const nextPosition = Math.max(last?.firstPosition ?? 1, ...positions);

    if (this.#forgotten.length > 0) await this.#options.onForgotten(this.#forgotten.join(' '));
    await this.#removeOthers(present, catalogue);
    if (scannedLast !== undefined && last?.sealed === undefined) await this.#cutTail(scannedLast);
    const goesOn =
      scannedLast !== undefined && last?.sealed === undefined && this.#forgotten.length === 0;
    const at = { lastSequence, nextPosition };
    const start = goesOn
      ? { ...at, offset: scannedLast.end, summary: scannedLast.summary }
      : { ...at, ...(await this.#begin(segments, at)) };
    await this.#writeSummaries(segments);
    const lostFrames = this.#scanned.reduce((sum, scanned) => sum + scanned.lostFrames, 0);
    return { segments, table, start, lostFrames };
  }

  async #present(): Promise<number[]> {
    const entries = await this.#options.disk.list(this.#options.segmentFolder);
    return entries.map(({ name }) => segmentNumber(name)).filter((n) => n !== undefined);
  }

  /** The list of segments, made anew from what is there if it was lost. */
  async #catalogue(present: readonly number[]): Promise<Catalogue> {
    const known = await this.#catalogueFile.read().catch((error: unknown) => {
      if (!isHoldfastError(error, 'damaged')) throw error;
      this.#options.notice(error.message);
      return undefined;
    });
    if (known !== undefined) return known;
    this.#forgotten.push('Its list of segments was missing.');
    const headers = await Promise.all(present.map((number) => this.#header(number)));
    return { segments: headers.filter((header) => header !== undefined) };
  }

  #loseSegment(segments: SegmentSet, number: number): void {
    segments.forget(number);
    this.#forgotten.push(`The segment ${this.#options.files.path(number)} is missing.`);
  }

  async #read(segments: SegmentSet, table: ChunkTable, segment: CataloguedSegment): Promise<void> {
    await this.#header(segment.number);
    if (await this.#readSummary(segments, table, segment)) return;
    const scanned = await this.#scan(segment);
    this.#scanned.push(scanned);
    segments.setBytes(segment.number, scanned.end);
    for (const frame of scanned.frames) {
      for (const { entry, offset } of locate(frame)) {
        scanned.summary.add({ entry, offset });
        table.apply(entry, { segment: segment.number, offset });
      }
    }
    if (scanned.lostFrames > 0) {
      const path = this.#options.files.path(segment.number);
      this.#forgotten.push(`${scanned.lostFrames} groups of records in ${path} are damaged.`);
    }
  }

  async #readSummary(
    segments: SegmentSet,
    table: ChunkTable,
    segment: CataloguedSegment,
  ): Promise<boolean> {
    if (segment.sealed === undefined) return false;
    const { disk, files, seal } = this.#options;
    const { number } = segment;
    if ((await files.use(number, (file) => file.size())) < segment.sealed.bytes) return false;
    const entries = await readSummary(disk, files.summaryPath(number), seal, number);
    if (entries === undefined) return false;
    segments.setBytes(number, segment.sealed.bytes);
    for (const { entry, offset } of entries) table.apply(entry, { segment: number, offset });
    return true;
  }

  async #scan(segment: CataloguedSegment): Promise<ScannedSegment> {
    const { files, disk, seal } = this.#options;
    const { number, sealed } = segment;
    return await files.use(number, async (file) => {
      const reader = new FrameReader(disk, file, number, seal);
      const found: Frame[] = [];
      for await (const frame of reader.frames()) found.push(frame);
      const durableSequence = sealed?.lastSequence ?? segment.firstSequence - 1;
      const start = { ...segment, end: SEGMENT_HEADER_BYTES, durableSequence };
      const kept = await recoverSegment(found, start, (frame) => reader.contentIsWhole(frame));
      const tornBytes = Math.max(0, (await file.size()) - kept.end);
      return { ...kept, number, tornBytes, summary: new Summary(number) };
    });
  }

  /** What a crash left of segments that were being begun or removed. */
  async #removeOthers(present: readonly number[], catalogue: Catalogue): Promise<void> {
    const listed = new Set(catalogue.segments.map(({ number }) => number));
    const others = present.filter((number) => !listed.has(number));
    for (const number of others) await this.#options.files.remove(number);
  }

  async #cutTail({ number, end, doubtfulFrom, tornBytes }: ScannedSegment): Promise<void> {
    const { disk, files, notice } = this.#options;
    await files.use(number, async (file) => {
      if (tornBytes > 0) await file.truncate(end);
      if (doubtfulFrom < end) await rewriteTail(disk, file, { from: doubtfulFrom, end });
      // What was found may still be on its way to the disk, and counts from now on.
      await file.sync();
    });
    if (tornBytes > 0) {
      notice(`Cut a torn tail of ${tornBytes} bytes from ${files.path(number)} at byte ${end}.`);
    }
  }

  /**
   * Begins a new segment. Those before are full now, with what was found in them: damage is met
   * once, and not again at each opening.
   */
  async #begin(
    segments: SegmentSet,
    at: Pick<LogStart, 'lastSequence' | 'nextPosition'>,
  ): Promise<Pick<LogStart, 'offset' | 'summary'>> {
    for (const { number, end, lastSequence } of this.#scanned) {
      segments.seal(number, { bytes: end, lastSequence });
    }
    const fresh = await segments.begin(at.lastSequence + 1, at.nextPosition);
    return { offset: SEGMENT_HEADER_BYTES, summary: new Summary(fresh.number) };
  }

  /** For segments that are full and had to be gone through, so that the next opening need not. */
  async #writeSummaries(segments: SegmentSet): Promise<void> {
    const { disk, files, seal } = this.#options;
    const full = new Set(segments.sealed().map(({ number }) => number));
    for (const { number, summary } of this.#scanned) {
      if (!full.has(number)) continue;
      await summary.write(disk, files.summaryPath(number), seal).catch(() => {});
    }
  }

  /** A damaged header costs nothing: every frame says itself where it belongs. */
  async #header(number: number): Promise<SegmentHeader | undefined> {
    const { disk, files, hasher, notice } = this.#options;
    const block = disk.allocate(SEGMENT_HEADER_BYTES);
    const count = await files.use(number, (file) => file.read(block, 0));
    const path = files.path(number);
    try {
      const header = decodeSegmentHeader(hasher, block.subarray(0, count), path);
      if (header.number !== number) throw damagedStore(path, 0, 'it is another segment.');
      return header;
    } catch (error) {
      if (!isHoldfastError(error, 'damaged')) throw error;
      notice(error.message);
      return undefined;
    }
  }
}
