import { smallBytes, utf8 } from '@holdfast/kernel';

/** Values are written one at a time, so that all writers can share their memory. */
let scratch = new Uint8Array(1024);
const VARINT_BYTES = 8;
const eight = new DataView(new ArrayBuffer(8));
const eightBytes = new Uint8Array(eight.buffer);

/**
 * Writes the fields of a value one after the other; `ValueReader` reads them in the same order. Only
 * one writer may be in use at a time.
 */
export class ValueWriter {
  #bytes = scratch;
  #length = 0;

  /** A whole number from 0 to 2^53 - 1, seven bits a byte, lowest first. */
  count(value: number): void {
    this.#reserve(VARINT_BYTES);
    let rest = value;
    while (rest >= 0x80) {
      this.#bytes[this.#length++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#bytes[this.#length++] = rest;
  }

  flag(value: boolean): void {
    this.count(value ? 1 : 0);
  }

  /** Any finite number, such as a time. */
  number(value: number): void {
    this.#reserve(8);
    eight.setFloat64(0, value);
    this.#bytes.set(eightBytes, this.#length);
    this.#length += eightBytes.length;
  }

  text(value: string): void {
    if (!this.#shortText(value)) this.bytes(utf8(value));
  }

  bytes(bytes: Uint8Array): void {
    this.count(bytes.length);
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Lower-case hexadecimal of a length that the reader knows: an id or a hash. */
  hex(value: string): void {
    this.#reserve(value.length / 2);
    for (let i = 0; i < value.length; i += 2) {
      this.#bytes[this.#length++] =
        nibble(value.charCodeAt(i)) * 16 + nibble(value.charCodeAt(i + 1));
    }
  }

  finish(): Uint8Array {
    const value = smallBytes(this.#length);
    value.set(this.#bytes.subarray(0, this.#length));
    return value;
  }

  /** Plain text whose length takes one byte is written without a detour; false for any other. */
  #shortText(value: string): boolean {
    const { length } = value;
    if (length >= 0x80) return false;
    this.#reserve(1 + length);
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code >= 0x80) return false;
      this.#bytes[this.#length + 1 + i] = code;
    }
    this.#bytes[this.#length] = length;
    this.#length += 1 + length;
    return true;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const grown = new Uint8Array(2 * (this.#length + bytes));
    grown.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = grown;
    scratch = grown;
  }
}

function nibble(code: number): number {
  return code < 0x3a ? code - 0x30 : code - 0x57;
}
