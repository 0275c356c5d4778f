import { type Hasher, type Journal, isHoldfastError } from '@holdfast/contracts';
import { type Disk, makeFolderDurably, type Random } from '@holdfast/kernel';
import { readAside } from './aside.ts';
import { WindowMemory } from './block-window.ts';
import { FileJournal } from './file-journal.ts';
import { roundUp } from './format.ts';
import { JOURNAL_LIMITS } from './limits.ts';
import { openSegments, type OpenSegmentsOptions } from './open-segments.ts';
import { quarantineFiles } from './quarantine.ts';
import type { Segment } from './segment.ts';
import { SegmentSupply } from './segment-supply.ts';

export interface JournalOptions {
  readonly disk: Disk;
  /** The journal's own folder, which is made if it is missing. */
  readonly folder: string;
  readonly hasher: Hasher;
  readonly random: Random;
  readonly segmentBytes?: number;
  /** Space kept on the disk for records appended with `freesSpace`; at most one segment's worth. */
  readonly reserveBytes?: number;
  /**
   * A journal that is damaged is set aside, and an empty one begun in its place: see
   * `Journal.quarantined`. Otherwise opening rejects.
   */
  readonly quarantine?: boolean;
  /** Told in a sentence what opening repaired: a torn tail, a migrated format. */
  readonly notice?: (text: string) => void;
}

/**
 * Opens the journal in a folder, or begins an empty one. Rejects with `damaged`, naming file and
 * offset; with `format-mismatch` if a newer program wrote it; and with a `DiskError` of code
 * `locked` if another process has it open.
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const { disk, folder, hasher, random, notice = () => {} } = options;
  const segmentBytes = roundUp(options.segmentBytes ?? JOURNAL_LIMITS.segmentBytes);
  const reserveBytes = options.reserveBytes ?? JOURNAL_LIMITS.reserveBytes;
  await makeFolderDurably(disk, folder);
  const lock = await disk.lock(`${folder}/lock`);
  try {
    const memory = new WindowMemory(disk);
    const supply = new SegmentSupply({ disk, memory, folder, hasher, random, segmentBytes });
    const opening = { disk, memory, folder, hasher, supply, segmentBytes, notice };
    const segments = options.quarantine
      ? await openOrQuarantine(opening)
      : await openSegments(opening);
    await disk.syncFolder(folder);
    const resets = segments.at(-1)?.header.resets ?? 0;
    const aside = await readAside({ disk, folder, hasher, resets });
    const reserve = Math.min(reserveBytes, segmentBytes);
    return await FileJournal.start({ ...opening, reserveBytes: reserve, segments, aside, lock });
  } catch (error) {
    await lock[Symbol.asyncDispose]();
    throw error;
  }
}

async function openOrQuarantine(opening: OpenSegmentsOptions): Promise<Segment[]> {
  try {
    return await openSegments(opening);
  } catch (error) {
    if (!isHoldfastError(error, 'damaged')) throw error;
    const folder = await quarantineFiles(opening);
    opening.notice(`${error.message} It is kept in ${folder} of the data folder.`);
    return await openSegments(opening);
  }
}
