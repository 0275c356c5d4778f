import type { Hasher, JournalTail } from '@holdfast/contracts';
import { type Disk, DiskError, type Random } from '@holdfast/kernel';
import type { WindowMemory } from './block-window.ts';
import { HEADER_BLOCK_BYTES, JOURNAL_FORMAT } from './format.ts';
import { Segment } from './segment.ts';
import { encodeSegmentHeader, isBlank } from './segment-header.ts';

export interface SegmentSupplyOptions {
  readonly disk: Disk;
  readonly memory: WindowMemory;
  readonly folder: string;
  readonly hasher: Hasher;
  readonly random: Random;
  readonly segmentBytes: number;
}

/** Where a new segment begins. */
export interface SegmentStart {
  readonly resets: number;
  readonly base: JournalTail;
  readonly segmentBefore: number;
}

const SPARE_NAME = 'spare';

/**
 * Keeps one segment filled with zeros ahead of its use: syncs into it are cheaper, and a disk that
 * other programs have filled still takes that much.
 */
export class SegmentSupply {
  readonly #options: SegmentSupplyOptions;
  readonly #sparePath: string;
  #ready = false;
  #preparing: Promise<void> | undefined;

  constructor(options: SegmentSupplyOptions) {
    this.#options = options;
    this.#sparePath = `${options.folder}/${SPARE_NAME}`;
  }

  /** Whether a spare segment is there. */
  get ready(): boolean {
    return this.#ready;
  }

  /** Keeps a spare that an earlier run left if it is whole and was never used, else removes it. */
  async adopt(): Promise<void> {
    const { disk, segmentBytes } = this.#options;
    try {
      await using file = await disk.open(this.#sparePath, { mode: 'read', direct: true });
      const block = disk.allocate(HEADER_BLOCK_BYTES);
      await file.read(block, 0);
      this.#ready = (await file.size()) === segmentBytes && isBlank(block);
    } catch (error) {
      if (error instanceof DiskError && error.code === 'not-found') return;
      throw error;
    }
    // One with a header may be in use under its other name, if the crash hit amid the renaming.
    if (!this.#ready) await disk.unlink(this.#sparePath);
  }

  /** Makes a spare if there is none. Overlapping calls share the work. */
  prepare(): Promise<void> {
    if (this.#ready) return Promise.resolve();
    this.#preparing ??= this.#prepare().finally(() => {
      this.#preparing = undefined;
    });
    return this.#preparing;
  }

  /** Turns the spare into the segment that begins at `start`, durably. */
  async take(start: SegmentStart): Promise<Segment> {
    await this.prepare();
    const { disk, memory, folder, hasher, random } = this.#options;
    const header = { ...start, format: JOURNAL_FORMAT, key: random.bytes(32) };
    const path = `${folder}/${segmentName(start)}`;
    {
      await using file = await disk.open(this.#sparePath, { mode: 'write', direct: true });
      const block = disk.allocate(HEADER_BLOCK_BYTES);
      encodeSegmentHeader(hasher, header, block);
      await file.write(block, 0);
      await file.sync();
    }
    this.#ready = false;
    await disk.rename(this.#sparePath, path);
    await disk.syncFolder(folder);
    return new Segment({ memory, hasher, path, header });
  }

  /** Waits until nothing is being prepared any more. */
  async settled(): Promise<void> {
    await this.#preparing?.catch(() => {});
  }

  async #prepare(): Promise<void> {
    const { disk, segmentBytes } = this.#options;
    try {
      await using file = await disk.open(this.#sparePath, { mode: 'create', direct: true });
      await file.truncate(0);
      await file.preallocate(segmentBytes);
      await file.sync();
      this.#ready = true;
    } catch (error) {
      await disk.unlink(this.#sparePath).catch(() => {});
      throw error;
    }
  }
}

/** Sorts by resets, then by the first record. */
export function segmentName(start: SegmentStart): string {
  const resets = String(start.resets).padStart(6, '0');
  const first = String(start.base.number + 1).padStart(15, '0');
  return `journal-${resets}-${first}.log`;
}

/** The number of the first record that a segment of this name, or path, has. */
export function firstRecordOf(name: string): number {
  return Number(name.slice(-'000000000000000.log'.length, -'.log'.length));
}

/** How often the journal had been begun anew when a segment of this name was made; 0 for no name. */
export function resetsOf(name: string): number {
  return Number(name.slice('journal-'.length, 'journal-000000'.length));
}

export function isSegmentName(name: string): boolean {
  return /^journal-\d{6}-\d{15}\.log$/.test(name);
}
