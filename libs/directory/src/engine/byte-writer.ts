import { utf8 } from '@holdfast/kernel';

/** Memory that writers share grows up to here; one that needs more has its own. */
const SHARED_BYTES = 65_536;
let shared: Uint8Array = new Uint8Array(1_024);
const eight = new DataView(new ArrayBuffer(8));
const eightBytes = new Uint8Array(eight.buffer);

/**
 * Bytes written one after the other into memory that grows, and that all writers share: only one may
 * be in use at a time.
 */
export class ByteWriter {
  #bytes: Uint8Array = shared;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  /** A whole number from 0 to 2^53 - 1, in seven bits a byte, lowest first. */
  varint(value: number): void {
    this.#reserve(8);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  float(value: number): void {
    this.#reserve(8);
    eight.setFloat64(0, value);
    this.#bytes.set(eightBytes, this.#length);
    this.#length += eightBytes.length;
  }

  /** Bytes behind their length. */
  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  text(value: string): void {
    this.bytes(utf8(value));
  }

  /** All that was written, in memory of its own. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#length + bytes));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    if (grown.length <= SHARED_BYTES) shared = grown;
  }
}
