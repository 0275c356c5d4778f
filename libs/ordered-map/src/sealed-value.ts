import { crc32 } from 'node:zlib';
import { HoldfastError } from '@holdfast/contracts';
import { smallBytes, toHex } from '@holdfast/kernel';

/** What a stored value begins with: the number of this format, then the checksum, big-endian. */
const FORMAT = 1;
const SEAL_BYTES = 5;
/** Keys in error messages are cut after so many bytes. */
const SHOWN_KEY_BYTES = 64;

/**
 * The value with a CRC-32 over key and value before it. LevelDB alone was seen to return a wrong
 * value for one flipped bit in a table, so a value is only believed together with its key.
 */
export function sealValue(key: Uint8Array, value: Uint8Array): Uint8Array {
  const sealed = smallBytes(SEAL_BYTES + value.length);
  const sum = crc32(value, crc32(key));
  sealed[0] = FORMAT;
  sealed[1] = sum >>> 24;
  sealed[2] = sum >>> 16;
  sealed[3] = sum >>> 8;
  sealed[4] = sum;
  sealed.set(value, SEAL_BYTES);
  return sealed;
}

/** The value inside `sealed`; `damaged` if the checksum is wrong, `format-mismatch` if it is newer. */
export function openValue(key: Uint8Array, sealed: Uint8Array): Uint8Array {
  if (sealed.length < SEAL_BYTES) throw damaged(key, 'is too short');
  const value = new Uint8Array(
    sealed.buffer,
    sealed.byteOffset + SEAL_BYTES,
    sealed.length - SEAL_BYTES,
  );
  if (checksumIn(sealed) !== crc32(value, crc32(key))) throw damaged(key, 'has a wrong checksum');
  if (sealed[0] !== FORMAT) {
    throw new HoldfastError(
      'format-mismatch',
      `The ordered map is in format ${sealed[0]}, this program reads format ${FORMAT}. ` +
        'Use a program of that format, or remove the map: it is rebuilt from the journal.',
    );
  }
  return value;
}

function checksumIn(sealed: Uint8Array): number {
  const [, a = 0, b = 0, c = 0, d = 0] = sealed;
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}

function damaged(key: Uint8Array, what: string): HoldfastError {
  const shown = toHex(key.subarray(0, SHOWN_KEY_BYTES));
  return new HoldfastError(
    'damaged',
    `The stored value of key ${shown} ${what}. The map can be rebuilt from the journal.`,
  );
}
