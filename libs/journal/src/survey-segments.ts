import {
  type Hasher,
  type JournalRecord,
  type JournalTail,
  type LostTail,
  continuesChain,
  decodeRecords,
  isHoldfastError,
  tailOf,
} from '@holdfast/contracts';
import { type Disk, DISK_BLOCK_BYTES, readWholeFile } from '@holdfast/kernel';
import { BATCH_HEADER_BYTES, claimedBytes, decodeBatch } from './batch.ts';
import { HEADER_BLOCK_BYTES, roundUp } from './format.ts';
import { type SegmentHeader, decodeSegmentHeader } from './segment-header.ts';
import { firstRecordOf } from './segment-supply.ts';

interface SurveyOptions {
  readonly disk: Disk;
  readonly hasher: Hasher;
  /** The segments, oldest first. */
  readonly paths: readonly string[];
}

/**
 * Where segments that are damaged once ended, as far as they still tell: their last record that can
 * be read, whatever is damaged before it. At least what the names of the files say was there.
 */
export async function surveySegments(options: SurveyOptions): Promise<LostTail> {
  const { disk, hasher, paths } = options;
  let last: LostTail = { epoch: 0, number: 0 };
  for (const path of paths) {
    const before = firstRecordOf(path) - 1;
    if (before > last.number) last = { epoch: last.epoch, number: before };
    const bytes = (await readWholeFile(disk, path)) ?? new Uint8Array();
    const found = lastRecordIn(bytes, hasher, path);
    if (found && found.number >= last.number) last = found;
  }
  return last;
}

function lastRecordIn(bytes: Uint8Array, hasher: Hasher, path: string): LostTail | undefined {
  const header = headerOf(bytes, hasher, path);
  if (!header) return lastInChain(bytes, hasher);
  let last: LostTail = header.base;
  for (let offset = HEADER_BLOCK_BYTES; offset < bytes.length;) {
    const block = bytes.subarray(offset);
    const batch =
      block.length >= BATCH_HEADER_BYTES
        ? decodeBatch({ hasher, key: header.key, offset }, block)
        : undefined;
    // Behind a batch that is damaged the next one may begin at any block.
    offset = batch?.end ?? offset + DISK_BLOCK_BYTES;
    if (!batch) continue;
    // What stands before it was there, though it can be read no more.
    if (batch.first - 1 > last.number) last = { epoch: last.epoch, number: batch.first - 1 };
    const record = decodeRecords(batch.content).at(-1);
    if (record) last = tailOf(record);
  }
  return last;
}

/**
 * Without a header there is no key to tell batches by: they are followed from the first one on, as
 * far as one record continues the other.
 */
function lastInChain(bytes: Uint8Array, hasher: Hasher): JournalTail | undefined {
  let last: JournalTail | undefined;
  for (let offset = HEADER_BLOCK_BYTES; offset + BATCH_HEADER_BYTES <= bytes.length;) {
    const contentBytes = claimedBytes(bytes.subarray(offset));
    const end = offset + BATCH_HEADER_BYTES + (contentBytes ?? Number.POSITIVE_INFINITY);
    if (end > bytes.length) break;
    for (const record of recordsIn(bytes.subarray(offset + BATCH_HEADER_BYTES, end))) {
      const before = last ?? {
        ...tailOf(record),
        number: record.number - 1,
        hash: record.previous,
      };
      if (!continuesChain(hasher, before, record)) return last;
      last = tailOf(record);
    }
    offset = roundUp(end);
  }
  return last;
}

function recordsIn(content: Uint8Array): readonly JournalRecord[] {
  try {
    return decodeRecords(content);
  } catch (error) {
    if (isHoldfastError(error, 'damaged')) return [];
    throw error;
  }
}

function headerOf(bytes: Uint8Array, hasher: Hasher, path: string): SegmentHeader | undefined {
  try {
    return decodeSegmentHeader(hasher, bytes.subarray(0, HEADER_BLOCK_BYTES), path);
  } catch (error) {
    if (isHoldfastError(error, 'damaged')) return undefined;
    throw error;
  }
}
