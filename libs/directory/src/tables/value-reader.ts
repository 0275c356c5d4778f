import { fromUtf8, toHex } from '@holdfast/kernel';

const ID_BYTES = 16;
const HASH_BYTES = 32;
/** Up to here plain ASCII is decoded faster one by one than by the platform's own decoder. */
const SHORT_BYTES = 8;

/** Values are read one at a time, so that all readers can share this. */
const eight = new DataView(new ArrayBuffer(8));
const eightBytes = new Uint8Array(eight.buffer);

/** Reads what `ValueWriter` wrote. Throws a `RangeError` where the value ends too early. */
export class ValueReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  count(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#bytes[this.#at++];
      if (byte === undefined) throw new RangeError('A value ends inside a number');
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  flag(): boolean {
    return this.count() !== 0;
  }

  number(): number {
    const from = this.#pass(eightBytes.length);
    for (let i = 0; i < eightBytes.length; i++) eightBytes[i] = this.#bytes[from + i] ?? 0;
    return eight.getFloat64(0);
  }

  text(): string {
    const length = this.count();
    const from = this.#pass(length);
    const short = length <= SHORT_BYTES ? this.#ascii(from) : undefined;
    return short ?? fromUtf8(this.#bytes.subarray(from, this.#at));
  }

  /** A view of the value's own memory. */
  bytes(): Uint8Array {
    const from = this.#pass(this.count());
    return this.#bytes.subarray(from, this.#at);
  }

  /** 16 bytes in hexadecimal. */
  id(): string {
    return this.#hex(ID_BYTES);
  }

  /** 32 bytes in hexadecimal. */
  hash(): string {
    return this.#hex(HASH_BYTES);
  }

  /** The text from `from` on, unless there is anything but ASCII in it. */
  #ascii(from: number): string | undefined {
    let text = '';
    for (let i = from; i < this.#at; i++) {
      const byte = this.#bytes[i] ?? 0;
      if (byte >= 0x80) return undefined;
      text += String.fromCharCode(byte);
    }
    return text;
  }

  #hex(length: number): string {
    const from = this.#pass(length);
    return toHex(this.#bytes.subarray(from, this.#at));
  }

  /** Where the next `length` bytes begin, which are read now. */
  #pass(length: number): number {
    const from = this.#at;
    const end = from + length;
    if (end > this.#bytes.length) throw new RangeError('A value ends inside a field');
    this.#at = end;
    return from;
  }
}
