import { type ByteParts, assert, equalBytes } from '@holdfast/kernel';
import { HoldfastError } from './errors.ts';
import type { Hasher } from './hasher.ts';
import type { JournalRecord, JournalTail } from './journal.ts';

const HASH_BYTES = 32;
/** length u32, epoch u48, number u48, previous, hash; then the payload. Big-endian. */
const HEADER_BYTES = 4 + 6 + 6 + HASH_BYTES + HASH_BYTES;

export const EMPTY_TAIL: JournalTail = { epoch: 0, number: 0, hash: new Uint8Array(HASH_BYTES) };

/** The record that follows `tail` in the chain. */
export function nextRecord(
  hasher: Hasher,
  tail: JournalTail,
  epoch: number,
  payload: Uint8Array,
): JournalRecord {
  assert(epoch >= tail.epoch, 'the epochs of a journal never go back');
  const unhashed = { epoch, number: tail.number + 1, previous: tail.hash, payload };
  return { ...unhashed, hash: hashRecord(hasher, unhashed) };
}

/** Whether `record` follows `tail` and its hash is right. */
export function continuesChain(hasher: Hasher, tail: JournalTail, record: JournalRecord): boolean {
  return (
    record.number === tail.number + 1 &&
    record.epoch >= tail.epoch &&
    equalBytes(record.previous, tail.hash) &&
    equalBytes(record.hash, hashRecord(hasher, record))
  );
}

/** The bytes of records one after the other, as they travel and as they stand on disk. */
export function encodeRecords(records: readonly JournalRecord[]): Uint8Array {
  const total = records.reduce((sum, r) => sum + HEADER_BYTES + r.payload.length, 0);
  const bytes = new Uint8Array(total);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const record of records) {
    view.setUint32(at, record.payload.length);
    setUint48(view, at + 4, record.epoch);
    setUint48(view, at + 10, record.number);
    bytes.set(record.previous, at + 16);
    bytes.set(record.hash, at + 16 + HASH_BYTES);
    bytes.set(record.payload, at + HEADER_BYTES);
    at += HEADER_BYTES + record.payload.length;
  }
  return bytes;
}

/** Decodes `encodeRecords`; throws `damaged` unless the bytes are whole records. No hash is checked. */
export function decodeRecords(bytes: Uint8Array): JournalRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const records: JournalRecord[] = [];
  let at = 0;
  while (at < bytes.length) {
    if (at + HEADER_BYTES > bytes.length) throw truncated();
    const payloadEnd = at + HEADER_BYTES + view.getUint32(at);
    if (payloadEnd > bytes.length) throw truncated();
    records.push({
      epoch: getUint48(view, at + 4),
      number: getUint48(view, at + 10),
      previous: bytes.slice(at + 16, at + 16 + HASH_BYTES),
      hash: bytes.slice(at + 16 + HASH_BYTES, at + HEADER_BYTES),
      payload: bytes.slice(at + HEADER_BYTES, payloadEnd),
    });
    at = payloadEnd;
  }
  return records;
}

/** Bytes that a record takes in `encodeRecords`. */
export function recordBytes(record: JournalRecord): number {
  return HEADER_BYTES + record.payload.length;
}

export function tailOf(record: JournalRecord): JournalTail {
  return { epoch: record.epoch, number: record.number, hash: record.hash };
}

function hashRecord(hasher: Hasher, record: Omit<JournalRecord, 'hash'>): Uint8Array {
  const header = new Uint8Array(12);
  const view = new DataView(header.buffer);
  setUint48(view, 0, record.epoch);
  setUint48(view, 6, record.number);
  const parts: ByteParts = [header, record.previous, record.payload];
  return hasher.hash(parts);
}

function setUint48(view: DataView, at: number, value: number): void {
  view.setUint16(at, Math.floor(value / 2 ** 32));
  view.setUint32(at + 2, value % 2 ** 32);
}

function getUint48(view: DataView, at: number): number {
  return view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);
}

function truncated(): HoldfastError {
  return new HoldfastError('damaged', 'A run of journal records ends in the middle of a record.');
}
