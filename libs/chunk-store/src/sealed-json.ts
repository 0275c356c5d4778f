import { type Hasher, isHoldfastError } from '@holdfast/contracts';
import { fromUtf8, toHex, utf8 } from '@holdfast/kernel';
import { damagedStore } from './format.ts';

/** A value as lines of JSON that a person can read, and a last line with their BLAKE3. */
export function sealJson(hasher: Hasher, value: unknown): Uint8Array {
  const text = `${JSON.stringify(value, null, 1)}\n`;
  return utf8(`${text}${toHex(hasher.hash([utf8(text)]))}\n`);
}

/** Undoes `sealJson`; throws `damaged` unless the bytes are as they were written. */
export function unsealJson(hasher: Hasher, file: string, bytes: Uint8Array): unknown {
  const sealAt = bytes.length - SEAL_BYTES;
  const text = bytes.subarray(0, Math.max(0, sealAt));
  const seal = bytes.subarray(Math.max(0, sealAt));
  if (sealAt < 0 || toHex(seal) !== toHex(utf8(`${toHex(hasher.hash([text]))}\n`))) {
    throw damagedStore(file, 0, 'it is not as it was written. Restore it from a copy.');
  }
  return JSON.parse(fromUtf8(text));
}

/** Whether `read` finds its file, and as it was written. */
export async function isThereWhole(read: () => Promise<unknown>): Promise<boolean> {
  try {
    return (await read()) !== undefined;
  } catch (error) {
    if (isHoldfastError(error, 'damaged')) return false;
    throw error;
  }
}

const SEAL_BYTES = 65;
