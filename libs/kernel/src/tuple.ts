import { fromUtf8, utf8 } from './bytes.ts';

/** An element of a key: text, a whole number from 0 to 2^53 - 1, or bytes. */
export type TupleElement = string | number | Uint8Array;

const BYTES = 0x01;
const TEXT = 0x02;
const NUMBER = 0x03;
const END = 0x00;
const ESCAPED_ZERO = 0xff;
const NUMBER_BYTES = 7;

/**
 * Encodes a tuple so that the bytes sort as the tuples do, element by element, and the encoding of
 * a tuple is a prefix of the encodings of all tuples that begin with it. Text and bytes end with
 * 0x00, and a zero inside is written 0x00 0xFF, as in FoundationDB's tuple layer; numbers are seven
 * bytes, big-endian.
 */
export function encodeTuple(...elements: readonly TupleElement[]): Uint8Array {
  const encoded: (number | Uint8Array)[] = [];
  let length = 0;
  for (const element of elements) {
    const plain = typeof element === 'string' ? utf8(element) : element;
    encoded.push(plain);
    length += encodedLength(plain);
  }
  const result = new Uint8Array(length);
  let at = 0;
  for (let i = 0; i < encoded.length; i++) {
    const element = encoded[i] ?? 0;
    if (typeof element === 'number') {
      at = writeNumber(result, at, element);
      continue;
    }
    result[at++] = typeof elements[i] === 'string' ? TEXT : BYTES;
    at = writeEscaped(result, at, element);
    result[at++] = END;
  }
  return result;
}

/** Decodes what `encodeTuple` made; throws a `RangeError` on anything else. */
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

function encodedLength(element: number | Uint8Array): number {
  if (typeof element === 'number') return 1 + NUMBER_BYTES;
  let zeros = 0;
  for (let at = element.indexOf(END); at >= 0; at = element.indexOf(END, at + 1)) zeros++;
  return element.length + zeros + 2;
}

/** Copies the runs between zeros as they are, since names and ids hardly ever have one. */
function writeEscaped(target: Uint8Array, from: number, content: Uint8Array): number {
  let at = from;
  let start = 0;
  for (let zero = content.indexOf(END); zero >= 0; zero = content.indexOf(END, start)) {
    target.set(content.subarray(start, zero + 1), at);
    at += zero + 1 - start;
    target[at++] = ESCAPED_ZERO;
    start = zero + 1;
  }
  target.set(start === 0 ? content : content.subarray(start), at);
  return at + content.length - start;
}

function writeNumber(target: Uint8Array, at: number, value: number): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new RangeError(`Not a key number: ${value}`);
  target[at] = NUMBER;
  let rest = value;
  for (let i = NUMBER_BYTES; i > 0; i--) {
    target[at + i] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return at + 1 + NUMBER_BYTES;
}

function readNumber(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = 0; i < NUMBER_BYTES; i++) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}

function readEscaped(bytes: Uint8Array, from: number): { content: Uint8Array; next: number } {
  const content: number[] = [];
  let at = from;
  for (; at < bytes.length; at++) {
    const byte = bytes[at] ?? END;
    if (byte === END) {
      if (bytes[at + 1] !== ESCAPED_ZERO)
        return { content: Uint8Array.from(content), next: at + 1 };
      at++;
    }
    content.push(byte);
  }
  throw new RangeError('A key ends inside text or bytes');
}
