import type { Hasher, JournalTail } from '@holdfast/contracts';
import { equalBytes, utf8 } from '@holdfast/kernel';
import {
  damagedJournal,
  getUint48,
  HEADER_BLOCK_BYTES,
  JOURNAL_FORMAT,
  newerFormat,
  setUint48,
} from './format.ts';

/** What stands in the first block of a segment. */
export interface SegmentHeader {
  readonly format: number;
  /** How often the journal was begun anew; segments of lower numbers are leftovers. */
  readonly resets: number;
  /** The record before the segment's first one. */
  readonly base: JournalTail;
  /** The number of the first record of the segment before; 0 in the first segment. */
  readonly segmentBefore: number;
  /** 32 random bytes that key the checksums, so that no payload can pass for a batch. */
  readonly key: Uint8Array;
}

const MAGIC = utf8('HFJOURNL');
const HASH_BYTES = 32;
const FORMAT_AT = 8;
const RESETS_AT = 12;
const BASE_NUMBER_AT = 16;
const BASE_EPOCH_AT = 22;
const SEGMENT_BEFORE_AT = 28;
const BASE_HASH_AT = 40;
const KEY_AT = 72;
/** Magic, format and this checksum stand at the same place in every format to come. */
const CHECKSUM_AT: number = HEADER_BLOCK_BYTES - HASH_BYTES;

export function encodeSegmentHeader(
  hasher: Hasher,
  header: Omit<SegmentHeader, 'format'>,
  block: Uint8Array,
): void {
  const view = new DataView(block.buffer, block.byteOffset, HEADER_BLOCK_BYTES);
  block.fill(0, 0, HEADER_BLOCK_BYTES);
  block.set(MAGIC, 0);
  view.setUint32(FORMAT_AT, JOURNAL_FORMAT);
  view.setUint32(RESETS_AT, header.resets);
  setUint48(view, BASE_NUMBER_AT, header.base.number);
  setUint48(view, BASE_EPOCH_AT, header.base.epoch);
  setUint48(view, SEGMENT_BEFORE_AT, header.segmentBefore);
  block.set(header.base.hash, BASE_HASH_AT);
  block.set(header.key, KEY_AT);
  block.set(hasher.hash([block.subarray(0, CHECKSUM_AT)]), CHECKSUM_AT);
}

/** Throws `damaged`, or `format-mismatch` for a newer format. */
export function decodeSegmentHeader(
  hasher: Hasher,
  block: Uint8Array,
  file: string,
): SegmentHeader {
  const checksum = block.subarray(CHECKSUM_AT, HEADER_BLOCK_BYTES);
  if (
    block.length < HEADER_BLOCK_BYTES ||
    !equalBytes(block.subarray(0, MAGIC.length), MAGIC) ||
    !equalBytes(checksum, hasher.hash([block.subarray(0, CHECKSUM_AT)]))
  ) {
    throw damagedJournal(file, 0, 'its header is not as it was written.');
  }
  const view = new DataView(block.buffer, block.byteOffset, HEADER_BLOCK_BYTES);
  const format = view.getUint32(FORMAT_AT);
  if (format > JOURNAL_FORMAT) throw newerFormat(file, format);
  const migrate = MIGRATIONS.get(format);
  if (migrate !== undefined) return migrate(block);
  return {
    format,
    resets: view.getUint32(RESETS_AT),
    base: {
      number: getUint48(view, BASE_NUMBER_AT),
      epoch: getUint48(view, BASE_EPOCH_AT),
      hash: block.slice(BASE_HASH_AT, BASE_HASH_AT + HASH_BYTES),
    },
    segmentBefore: getUint48(view, SEGMENT_BEFORE_AT),
    key: block.slice(KEY_AT, KEY_AT + HASH_BYTES),
  };
}

/**
 * Whether whole blocks of a disk's memory were never written: zeros, as a segment is filled with
 * ahead of time. Looks at four bytes at once, since every opening looks at all that is ahead.
 */
export function isBlank(blocks: Uint8Array): boolean {
  const words = new Uint32Array(blocks.buffer, blocks.byteOffset, blocks.length / 4);
  for (const word of words) if (word !== 0) return false;
  return true;
}

/**
 * Readers of the headers of older formats. Segments of an older format are read as they are and
 * never appended to: the journal goes on in a new segment. There is no older format yet.
 */
const MIGRATIONS: ReadonlyMap<number, (block: Uint8Array) => SegmentHeader> = new Map();
