import { fromUtf8, toHex } from '@holdfast/kernel';

const ID_BYTES = 16;
const HASH_BYTES = 32;
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
    const end = this.#at + eightBytes.length;
    if (end > this.#bytes.length) throw endsInField();
    for (let i = 0; i < eightBytes.length; i++) eightBytes[i] = this.#bytes[this.#at + i] ?? 0;
    this.#at = end;
    return eight.getFloat64(0);
  }

  text(): string {
    return fromUtf8(this.bytes());
  }

  /** A view of the value's own memory. */
  bytes(): Uint8Array {
    return this.#take(this.count());
  }

  /** 16 bytes in hexadecimal. */
  id(): string {
    return toHex(this.#take(ID_BYTES));
  }

  /** 32 bytes in hexadecimal. */
  hash(): string {
    return toHex(this.#take(HASH_BYTES));
  }

  #take(bytes: number): Uint8Array {
    const end = this.#at + bytes;
    if (end > this.#bytes.length) throw endsInField();
    const taken = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return taken;
  }
}

function endsInField(): RangeError {
  return new RangeError('A value ends inside a field');
}
