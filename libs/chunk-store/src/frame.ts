import type { Hasher } from '@holdfast/contracts';
import { assert, DISK_BLOCK_BYTES, equalBytes } from '@holdfast/kernel';
import { getUint48, roundUp, setUint48 } from './format.ts';
import { CHUNK_STORE_LIMITS, KEY_BYTES } from './limits.ts';

/**
 * What a record says. `put` brings a chunk; `move` brings one again, from a segment that is being
 * compacted, at the position it has; `touch` and `delete` bring no bytes.
 */
export type RecordKind = 'put' | 'move' | 'touch' | 'delete';

/** One line of a frame's table. */
export interface FrameEntry {
  readonly kind: RecordKind;
  readonly key: Uint8Array;
  readonly position: number;
  /** Bytes of the chunk; 0 in a touch or delete. */
  readonly length: number;
  /** In a delete: the segment of the bytes that it removes. It can be forgotten once that is gone. */
  readonly target: number;
}

/** Where a frame stands; its checksum covers that, so that no copy of it passes for one. */
export interface FramePlace {
  readonly segment: number;
  readonly offset: number;
}

export interface FrameHeader {
  /** Numbers the frames of a store without gaps. */
  readonly sequence: number;
  /** All frames up to this one were on stable storage when this one was written. */
  readonly durableSequence: number;
  /** The first position that no record up to this frame has. */
  readonly nextPosition: number;
}

/** A group of records written at once: header, table, and the chunks one after the other. */
export interface Frame extends FramePlace, FrameHeader {
  readonly entries: readonly FrameEntry[];
  /** Bytes up to the next frame. */
  readonly bytes: number;
}

const MAGIC = 0x48464346;
const ENTRIES_AT = 4;
const BLOCKS_AT = 8;
const SEGMENT_AT = 12;
const OFFSET_AT = 16;
const SEQUENCE_AT = 22;
const DURABLE_AT = 28;
const NEXT_POSITION_AT = 34;
const CHECKSUM_AT = 64;
const CHECKSUM_BYTES = 32;
const HEADER_BYTES: number = CHECKSUM_AT + CHECKSUM_BYTES;
export const ENTRY_BYTES = 64;
const KINDS: readonly RecordKind[] = ['put', 'move', 'touch', 'delete'];

/** Bytes before the first chunk of a frame. */
export function tableEnd(entries: number): number {
  return HEADER_BYTES + entries * ENTRY_BYTES;
}

/** Bytes of a frame on disk. */
export function frameBytes(entries: number, contentBytes: number): number {
  return roundUp(tableEnd(entries) + contentBytes);
}

/**
 * Bytes that a chunk takes where it is packed as well as it can be: among small ones, or in a frame of
 * its own.
 */
export function packedBytes(length: number): number {
  return length > CHUNK_STORE_LIMITS.smallChunkBytes ? frameBytes(1, length) : length + ENTRY_BYTES;
}

export interface FrameSeal {
  readonly hasher: Hasher;
  /** The store's secret: without it nobody can make bytes that pass for a frame. */
  readonly secret: Uint8Array;
}

/** Writes header and table to the start of `target`, where the chunks stand already. */
export function encodeFrame(seal: FrameSeal, frame: Frame, target: Uint8Array): void {
  const view = new DataView(target.buffer, target.byteOffset, target.length);
  target.fill(0, 0, HEADER_BYTES);
  view.setUint32(0, MAGIC);
  view.setUint32(ENTRIES_AT, frame.entries.length);
  view.setUint32(BLOCKS_AT, frame.bytes / DISK_BLOCK_BYTES);
  view.setUint32(SEGMENT_AT, frame.segment);
  setUint48(view, OFFSET_AT, frame.offset);
  setUint48(view, SEQUENCE_AT, frame.sequence);
  setUint48(view, DURABLE_AT, frame.durableSequence);
  setUint48(view, NEXT_POSITION_AT, frame.nextPosition);
  frame.entries.forEach((entry, i) => encodeEntry(entry, target, tableEnd(i)));
  target.set(checksum(seal, target, frame.entries.length), CHECKSUM_AT);
}

/** The bytes that `decodeFrame` needs, judged by a frame's first block; 0 if none begins there. */
export function claimedTableEnd(block: Uint8Array): number {
  if (block.length < DISK_BLOCK_BYTES) return 0;
  const view = new DataView(block.buffer, block.byteOffset, block.length);
  return view.getUint32(0) === MAGIC ? tableEnd(view.getUint32(ENTRIES_AT)) : 0;
}

/** Header and table of a frame; undefined unless they are whole and belong to this place. */
export function decodeFrame(
  seal: FrameSeal,
  place: FramePlace,
  bytes: Uint8Array,
): Frame | undefined {
  const end = claimedTableEnd(bytes);
  if (end === 0 || end > bytes.length) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = view.getUint32(ENTRIES_AT);
  const expected = bytes.subarray(CHECKSUM_AT, HEADER_BYTES);
  if (!equalBytes(expected, checksum(seal, bytes, count))) return undefined;
  if (view.getUint32(SEGMENT_AT) !== place.segment) return undefined;
  if (getUint48(view, OFFSET_AT) !== place.offset) return undefined;
  return {
    segment: place.segment,
    offset: place.offset,
    sequence: getUint48(view, SEQUENCE_AT),
    durableSequence: getUint48(view, DURABLE_AT),
    nextPosition: getUint48(view, NEXT_POSITION_AT),
    bytes: view.getUint32(BLOCKS_AT) * DISK_BLOCK_BYTES,
    entries: Array.from({ length: count }, (_, i) => decodeEntry(bytes, tableEnd(i))),
  };
}

export function encodeEntry(entry: FrameEntry, target: Uint8Array, at: number): void {
  const view = new DataView(target.buffer, target.byteOffset + at, ENTRY_BYTES);
  view.setUint16(0, KINDS.indexOf(entry.kind));
  setUint48(view, 2, entry.position);
  view.setUint32(8, entry.length);
  view.setUint32(12, entry.target);
  target.set(entry.key, at + 16);
}

export function decodeEntry(bytes: Uint8Array, at: number): FrameEntry {
  const view = new DataView(bytes.buffer, bytes.byteOffset + at, ENTRY_BYTES);
  const kind = KINDS[view.getUint16(0)];
  assert(kind !== undefined, 'a record with a right checksum is of a known kind');
  return {
    kind,
    position: getUint48(view, 2),
    length: view.getUint32(8),
    target: view.getUint32(12),
    key: bytes.slice(at + 16, at + 16 + KEY_BYTES),
  };
}

/** Each entry of a frame with the place of its bytes in the segment. */
export function* locate(frame: Frame): Generator<{ entry: FrameEntry; offset: number }> {
  let offset = frame.offset + tableEnd(frame.entries.length);
  for (const entry of frame.entries) {
    yield { entry, offset };
    offset += entry.length;
  }
}

function checksum(seal: FrameSeal, bytes: Uint8Array, entries: number): Uint8Array {
  const head = bytes.subarray(0, CHECKSUM_AT);
  const table = bytes.subarray(HEADER_BYTES, tableEnd(entries));
  return seal.hasher.keyed(seal.secret, [head, table]);
}
