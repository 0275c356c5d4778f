import { smallBytes } from './small-bytes.ts';

/** A run of bytes in pieces, so that what arrived in frames can be passed on without a copy. */
export type ByteParts = readonly Uint8Array[];

/**
 * Bytes in memory that its owner would like back. Whoever is done with them, and with every view of
 * them, may dispose of them once; then they change under anyone who still looks. Not disposing of
 * them is safe, and only costs fresh memory for the next ones.
 */
export interface LentParts extends ReadonlyArray<Uint8Array> {
  [Symbol.dispose]?(): void;
}

const encoder = new TextEncoder();
const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Up to here plain ASCII is encoded faster one by one than by the platform's own encoder. */
const SHORT_BYTES = 64;

export function utf8(text: string): Uint8Array {
  return (text.length <= SHORT_BYTES && fromAscii(text)) || encoder.encode(text);
}

/** Decodes UTF-8; throws a `TypeError` on malformed input. */
export function fromUtf8(bytes: Uint8Array): string {
  return strictDecoder.decode(bytes);
}

function fromAscii(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0x80) return undefined;
    bytes[i] = code;
  }
  return bytes;
}

/** One character a byte: equal and ordered as the bytes are, and fit for a `Map`. */
export function latin1(bytes: Uint8Array): string {
  return String.fromCharCode.apply(null, bytes as unknown as number[]);
}

/** The bytes behind `latin1`. */
export function fromLatin1(text: string): Uint8Array {
  const bytes = smallBytes(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

export function partsLength(parts: ByteParts): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}

/** All parts as one array; the single part itself, uncopied, where there is just one. */
export function joinParts(parts: ByteParts): Uint8Array {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const joined = new Uint8Array(partsLength(parts));
  copyParts(parts, joined, 0);
  return joined;
}

/** Copies all parts into `target` from `offset` on; returns the offset behind the last byte. */
export function copyParts(parts: ByteParts, target: Uint8Array, offset: number): number {
  let position = offset;
  for (const part of parts) {
    target.set(part, position);
    position += part.length;
  }
  return position;
}

/** Lexicographic order, as the ordered map sorts its keys: negative, zero or positive. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && compareBytes(a, b) === 0;
}

/** The digits of both halves of each byte, as character codes. */
const HEX = Uint8Array.from({ length: 512 }, (_, i) =>
  (i % 2 === 0 ? i >>> 5 : (i >>> 1) & 0xf).toString(16).charCodeAt(0),
);
/** Digits are made into text so many bytes at a time; ids and hashes at once. */
const HEX_BYTES = 64;
const digits = new Uint8Array(2 * HEX_BYTES);

/**
 * Lower-case hexadecimal. In one piece where it is short: text that is put together byte by byte takes
 * twenty times the memory until somebody compares it.
 */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (let from = 0; from < bytes.length; from += HEX_BYTES) {
    const count = Math.min(HEX_BYTES, bytes.length - from);
    for (let i = 0; i < count; i++) {
      const byte = bytes[from + i] ?? 0;
      digits[2 * i] = HEX[2 * byte] ?? 0;
      digits[2 * i + 1] = HEX[2 * byte + 1] ?? 0;
    }
    text += latin1(digits.subarray(0, 2 * count));
  }
  return text;
}

const NO_DIGIT = 0xff;
/** The value of each character that is a hexadecimal digit. */
const DIGITS = new Uint8Array(128).fill(NO_DIGIT);
for (const digit of '0123456789abcdefABCDEF') {
  DIGITS[digit.charCodeAt(0)] = Number.parseInt(digit, 16);
}

/** Decodes lower- or upper-case hexadecimal; throws a `RangeError` on anything else. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) throw notHex(text);
  const bytes = new Uint8Array(text.length / 2);
  for (let i = 0; i < bytes.length; i++) {
    const high = DIGITS[text.charCodeAt(2 * i)] ?? NO_DIGIT;
    const low = DIGITS[text.charCodeAt(2 * i + 1)] ?? NO_DIGIT;
    if (high === NO_DIGIT || low === NO_DIGIT) throw notHex(text);
    bytes[i] = high * 16 + low;
  }
  return bytes;
}

function notHex(text: string): RangeError {
  return new RangeError(`Not hexadecimal: ${text.slice(0, 80)}`);
}
