import { fromUtf8 } from '@holdfast/kernel';

/** Reads what a `ByteWriter` wrote; throws a `RangeError` beyond the end. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    const value = this.#bytes[this.#at++];
    if (value === undefined) throw new RangeError('The bytes end too early');
    return value;
  }

  varint(): number {
    let value = 0;
    let scale = 1;
    for (;;) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
      scale *= 0x80;
    }
    if (!Number.isSafeInteger(value)) throw new RangeError('A number is too large');
    return value;
  }

  float(): number {
    const part = this.#take(8);
    return new DataView(part.buffer, part.byteOffset, 8).getFloat64(0);
  }

  /** A part of the bytes that were given, not a copy. */
  bytes(): Uint8Array {
    return this.#take(this.varint());
  }

  text(): string {
    return fromUtf8(this.bytes());
  }

  #take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new RangeError('The bytes end too early');
    const part = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return part;
  }
}
