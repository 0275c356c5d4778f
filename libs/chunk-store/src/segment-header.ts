import type { Hasher } from '@holdfast/contracts';
import { DISK_BLOCK_BYTES, equalBytes, utf8 } from '@holdfast/kernel';
import {
  assertKnownFormat,
  CHUNK_STORE_FORMAT,
  damagedStore,
  getUint48,
  setUint48,
} from './format.ts';

/** What stands in the first block of a segment file; frames follow from the second one on. */
export interface SegmentHeader {
  readonly number: number;
  readonly firstSequence: number;
  readonly firstPosition: number;
}

export const SEGMENT_HEADER_BYTES: number = DISK_BLOCK_BYTES;

const MAGIC = utf8('HFCHUNKS');
const FORMAT_AT = 8;
const NUMBER_AT = 12;
const SEQUENCE_AT = 16;
const POSITION_AT = 22;
const HASH_BYTES = 32;
/** Magic, format and this checksum stand at the same place in every format to come. */
const CHECKSUM_AT: number = SEGMENT_HEADER_BYTES - HASH_BYTES;

export function encodeSegmentHeader(
  hasher: Hasher,
  header: SegmentHeader,
  block: Uint8Array,
): void {
  const view = new DataView(block.buffer, block.byteOffset, SEGMENT_HEADER_BYTES);
  block.fill(0, 0, SEGMENT_HEADER_BYTES);
  block.set(MAGIC, 0);
  view.setUint32(FORMAT_AT, CHUNK_STORE_FORMAT);
  view.setUint32(NUMBER_AT, header.number);
  setUint48(view, SEQUENCE_AT, header.firstSequence);
  setUint48(view, POSITION_AT, header.firstPosition);
  block.set(hasher.hash([block.subarray(0, CHECKSUM_AT)]), CHECKSUM_AT);
}

/** Throws `damaged`, or `format-mismatch` for a newer format. */
export function decodeSegmentHeader(
  hasher: Hasher,
  block: Uint8Array,
  file: string,
): SegmentHeader {
  const checksum = block.subarray(CHECKSUM_AT, SEGMENT_HEADER_BYTES);
  if (
    block.length < SEGMENT_HEADER_BYTES ||
    !equalBytes(block.subarray(0, MAGIC.length), MAGIC) ||
    !equalBytes(checksum, hasher.hash([block.subarray(0, CHECKSUM_AT)]))
  ) {
    throw damagedStore(file, 0, 'its header is not as it was written.');
  }
  const view = new DataView(block.buffer, block.byteOffset, SEGMENT_HEADER_BYTES);
  assertKnownFormat(file, view.getUint32(FORMAT_AT));
  return {
    number: view.getUint32(NUMBER_AT),
    firstSequence: getUint48(view, SEQUENCE_AT),
    firstPosition: getUint48(view, POSITION_AT),
  };
}
