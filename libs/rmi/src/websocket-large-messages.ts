import type { ByteParts } from '@holdfast/kernel';
import { WIRE_LIMITS } from './limits.ts';

const BINARY_MESSAGE = 0x82;
const MASKED = 0x80;
const LENGTH_BITS = 0x7f;
const MASK_BYTES = 4;
/** A header of two bytes says that so many follow with the length. */
const LENGTH_BYTES: Readonly<Record<number, number>> = { 126: 2, 127: 8 };

export interface LargeMessagesOptions {
  /** Whether the other end has to mask: clients do. A mask of zeros changes nothing. */
  readonly masked: boolean;
  /** Longer messages are not taken. */
  readonly maxBytes: number;
  /** Gets everything that is not taken, as it came. */
  readonly pass: (bytes: Buffer) => void;
  /** Gets a message in the pieces that it came in. */
  readonly take: (parts: ByteParts) => void;
}

/**
 * Takes large binary messages out of what arrives on a WebSocket (RFC 6455, section 5.2) before the
 * library copies each into memory of its own: most of the cost of a transfer is memory that is used
 * once. Whatever else comes, and whatever looks wrong, is left to the library to judge.
 */
export class LargeMessages {
  readonly #options: LargeMessagesOptions;
  /** The beginning of a header whose rest has not arrived. */
  #held: Buffer | undefined;
  /** Bytes of the present frame that are still to come. */
  #missing = 0;
  /** The pieces of a frame that is being taken. */
  #parts: Uint8Array[] | undefined;

  constructor(options: LargeMessagesOptions) {
    this.#options = options;
  }

  push(arrived: Buffer): void {
    const bytes = this.#held ? Buffer.concat([this.#held, arrived]) : arrived;
    this.#held = undefined;
    let at = 0;
    let passFrom = 0;
    const passUpTo = (end: number): void => {
      if (end > passFrom) this.#options.pass(bytes.subarray(passFrom, end));
    };
    while (at < bytes.length) {
      if (this.#missing > 0) {
        const end = Math.min(bytes.length, at + this.#missing);
        this.#missing -= end - at;
        if (this.#parts) {
          this.#parts.push(bytes.subarray(at, end));
          passFrom = end;
          if (this.#missing === 0) this.#give(this.#parts);
        }
        at = end;
        continue;
      }
      const header = readHeader(bytes, at);
      if (!header) {
        passUpTo(at);
        this.#held = Buffer.from(bytes.subarray(at));
        return;
      }
      this.#missing = header.length;
      if (this.#takes(header)) {
        passUpTo(at);
        passFrom = at + header.bytes;
        this.#parts = [];
      }
      at += header.bytes;
    }
    passUpTo(bytes.length);
  }

  #takes({ first, length, masked, zeroMask }: Header): boolean {
    const { masked: expected, maxBytes } = this.#options;
    if (first !== BINARY_MESSAGE || masked !== expected || !zeroMask) return false;
    return length >= WIRE_LIMITS.largeMessageBytes && length <= maxBytes;
  }

  #give(parts: ByteParts): void {
    this.#parts = undefined;
    this.#options.take(parts);
  }
}

interface Header {
  readonly first: number;
  /** Bytes of the header itself. */
  readonly bytes: number;
  /** Bytes of what follows it. */
  readonly length: number;
  readonly masked: boolean;
  readonly zeroMask: boolean;
}

/** Nothing if it is not all there. */
function readHeader(source: Buffer, at: number): Header | undefined {
  const available = source.length - at;
  if (available < 2) return undefined;
  const first = source[at] ?? 0;
  const second = source[at + 1] ?? 0;
  const masked = (second & MASKED) !== 0;
  const short = second & LENGTH_BITS;
  const lengthBytes = LENGTH_BYTES[short] ?? 0;
  const bytes = 2 + lengthBytes + (masked ? MASK_BYTES : 0);
  if (available < bytes) return undefined;
  let length = short;
  if (lengthBytes === 2) length = source.readUInt16BE(at + 2);
  if (lengthBytes === 8) length = Number(source.readBigUInt64BE(at + 2));
  const zeroMask = !masked || source.readUInt32BE(at + bytes - MASK_BYTES) === 0;
  return { first, bytes, length, masked, zeroMask };
}
