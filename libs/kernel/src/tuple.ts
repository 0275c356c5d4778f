import { fromLatin1, fromUtf8, latin1, utf8 } from './bytes.ts';

/** An element of a key: text, a whole number from 0 to 2^53 - 1, or bytes. */
export type TupleElement = string | number | Uint8Array;

const BYTES = 0x01;
const TEXT = 0x02;
const NUMBER = 0x03;
const END = 0x00;
const ESCAPED_ZERO = 0xff;
const NUMBER_BYTES = 7;
/** Text whose bytes are its characters, without a zero that would have to be escaped. */
const PLAIN = /^[\x01-\x7f]*$/;
/** The numbers of all tables are among them. */
const SMALL_NUMBERS: readonly string[] = Array.from({ length: 256 }, (_, value) =>
  writtenNumber(value),
);

/**
 * Encodes a tuple so that the bytes sort as the tuples do, element by element, and the encoding of
 * a tuple is a prefix of the encodings of all tuples that begin with it. Text and bytes end with
 * 0x00, and a zero inside is written 0x00 0xFF, as in FoundationDB's tuple layer; numbers are seven
 * bytes, big-endian.
 */
export function encodeTuple(...elements: readonly TupleElement[]): Uint8Array {
  return fromLatin1(tupleText(elements));
}

/** The bytes of `encodeTuple` as `latin1` gives them: faster than these, and fit for a `Map`. */
export function tupleText(elements: readonly TupleElement[]): string {
  let text = '';
  for (const element of elements) {
    if (typeof element === 'number') text += numberText(element);
    else if (typeof element !== 'string') text += `\x01${escaped(latin1(element))}\0`;
    else if (PLAIN.test(element)) text += `\x02${element}\0`;
    else text += `\x02${escaped(latin1(utf8(element)))}\0`;
  }
  return text;
}

/** Decodes what `encodeTuple` made, bytes as views of it; throws a `RangeError` on anything else. */
export function decodeTuple(bytes: Uint8Array): TupleElement[] {
  const elements: TupleElement[] = [];
  let at = 0;
  while (at < bytes.length) {
    const kind = bytes[at++];
    if (kind === NUMBER) {
      if (at + NUMBER_BYTES > bytes.length) throw new RangeError('A key ends inside a number');
      elements.push(readNumber(bytes, at));
      at += NUMBER_BYTES;
    } else if (kind === TEXT || kind === BYTES) {
      const { content, next } = readEscaped(bytes, at);
      elements.push(kind === TEXT ? fromUtf8(content) : content);
      at = next;
    } else {
      throw new RangeError(`A key has an element of unknown kind ${kind}`);
    }
  }
  return elements;
}

/** The smallest key that sorts after every key that begins with `prefix`. */
export function prefixEnd(prefix: Uint8Array): Uint8Array {
  let length = prefix.length;
  while (length > 0 && prefix[length - 1] === 0xff) length--;
  if (length === 0) throw new RangeError('A prefix of only 0xFF bytes has no end');
  const end = prefix.slice(0, length);
  end[length - 1] = (end[length - 1] ?? 0) + 1;
  return end;
}

function escaped(text: string): string {
  return text.includes('\0') ? text.replaceAll('\0', '\0\xff') : text;
}

function numberText(value: number): string {
  const known = SMALL_NUMBERS[value];
  if (known !== undefined) return known;
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`Not a key number: ${value}`);
  return writtenNumber(value);
}

function writtenNumber(value: number): string {
  const high = Math.floor(value / 2 ** 32);
  const low = value % 2 ** 32;
  return String.fromCharCode(
    NUMBER,
    ...[high >>> 16, high >>> 8, high, low >>> 24, low >>> 16, low >>> 8, low].map((n) => n & 0xff),
  );
}

function readNumber(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = 0; i < NUMBER_BYTES; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

/** Text and bytes end with a zero; one that is their own is followed by a mark. */
function readEscaped(bytes: Uint8Array, from: number): { content: Uint8Array; next: number } {
  const zero = bytes.indexOf(END, from);
  if (zero >= 0 && bytes[zero + 1] !== ESCAPED_ZERO) {
    return { content: bytes.subarray(from, zero), next: zero + 1 };
  }
  return readWithZeros(bytes, from);
}

function readWithZeros(bytes: Uint8Array, from: number): { content: Uint8Array; next: number } {
  const content: number[] = [];
  for (let at = from; at < bytes.length; at++) {
    const byte = bytes[at] ?? END;
    if (byte === END && bytes[++at] !== ESCAPED_ZERO) {
      return { content: Uint8Array.from(content), next: at };
    }
    content.push(byte);
  }
  throw new RangeError('A key ends inside text or bytes');
}
