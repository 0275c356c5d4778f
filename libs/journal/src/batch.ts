import type { Hasher } from '@holdfast/contracts';
import { type ByteParts, copyParts, equalBytes, partsLength } from '@holdfast/kernel';
import { getUint48, roundUp, setUint48 } from './format.ts';

/** Records that were written and synced together, as `encodeRecords` lays them out. */
export interface Batch {
  /** The number of its first record, or of the next one if it has none. */
  readonly first: number;
  readonly count: number;
  readonly content: Uint8Array;
  /** Where the next batch begins. */
  readonly end: number;
}

const MAGIC = 0x48464a42;
const BYTES_AT = 4;
const COUNT_AT = 8;
const FIRST_AT = 12;
const OFFSET_AT = 18;
const CHECKSUM_AT = 24;
const CHECKSUM_BYTES = 32;
/** Bytes before the content of a batch. */
export const BATCH_HEADER_BYTES = 64;

/** Bytes that a batch takes in its segment. */
export function batchBytes(contentBytes: number): number {
  return roundUp(BATCH_HEADER_BYTES + contentBytes);
}

/** Lays a batch out at the start of `target`; returns its bytes, whole blocks. */
export function encodeBatch(
  { hasher, key, offset }: BatchPlace,
  batch: { readonly first: number; readonly count: number; readonly content: ByteParts },
  target: Uint8Array,
): Uint8Array {
  const contentBytes = partsLength(batch.content);
  const bytes = target.subarray(0, batchBytes(contentBytes));
  const view = new DataView(bytes.buffer, bytes.byteOffset, BATCH_HEADER_BYTES);
  bytes.fill(0, 0, BATCH_HEADER_BYTES);
  view.setUint32(0, MAGIC);
  view.setUint32(BYTES_AT, contentBytes);
  view.setUint32(COUNT_AT, batch.count);
  setUint48(view, FIRST_AT, batch.first);
  setUint48(view, OFFSET_AT, offset);
  bytes.fill(0, copyParts(batch.content, bytes, BATCH_HEADER_BYTES));
  const content = bytes.subarray(BATCH_HEADER_BYTES, BATCH_HEADER_BYTES + contentBytes);
  bytes.set(hasher.keyed(key, [bytes.subarray(0, CHECKSUM_AT), content]), CHECKSUM_AT);
  return bytes;
}

export interface BatchPlace {
  readonly hasher: Hasher;
  readonly key: Uint8Array;
  readonly offset: number;
}

/** The bytes of content that a batch's first block claims; undefined if no batch begins there. */
export function claimedBytes(block: Uint8Array): number | undefined {
  const view = new DataView(block.buffer, block.byteOffset, BATCH_HEADER_BYTES);
  return view.getUint32(0) === MAGIC ? view.getUint32(BYTES_AT) : undefined;
}

/** The batch in `bytes`, whose content is a view of them; undefined unless its checksum is right. */
export function decodeBatch(
  { hasher, key, offset }: BatchPlace,
  bytes: Uint8Array,
): Batch | undefined {
  const contentBytes = claimedBytes(bytes);
  if (contentBytes === undefined || batchBytes(contentBytes) > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, BATCH_HEADER_BYTES);
  if (getUint48(view, OFFSET_AT) !== offset) return undefined;
  const content = bytes.subarray(BATCH_HEADER_BYTES, BATCH_HEADER_BYTES + contentBytes);
  const checksum = bytes.subarray(CHECKSUM_AT, CHECKSUM_AT + CHECKSUM_BYTES);
  const head = bytes.subarray(0, CHECKSUM_AT);
  if (!equalBytes(checksum, hasher.keyed(key, [head, content]))) return undefined;
  return {
    first: getUint48(view, FIRST_AT),
    count: view.getUint32(COUNT_AT),
    content,
    end: offset + batchBytes(contentBytes),
  };
}
