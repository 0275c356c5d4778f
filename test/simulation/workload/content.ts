import { blake3Hasher } from '@holdfast/crypto';
import { joinParts, toHex } from '@holdfast/kernel';
import type { SeededRandom } from '@holdfast/testkit';

/** A run of bytes that its number decides. Versions of a file share pieces, as real ones do. */
export interface Piece {
  readonly number: number;
  readonly length: number;
}

/** The bytes of a file, known by their pieces. */
export type Content = readonly Piece[];

export function pieceOf(random: SeededRandom, maxBytes: number): Piece {
  return { number: random.integer(2 ** 31), length: 1 + random.integer(maxBytes) };
}

export function pieceBytes({ number, length }: Piece): Uint8Array {
  const words = new Uint32Array(Math.ceil(length / 4));
  let state = number | 1;
  for (let i = 0; i < words.length; i++) {
    // xorshift32 by George Marsaglia.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return new Uint8Array(words.buffer, 0, length);
}

export function contentBytes(content: Content): Uint8Array {
  return joinParts([new Uint8Array(0), ...content.map(pieceBytes)]);
}

export function hashText(bytes: readonly Uint8Array[]): string {
  return toHex(blake3Hasher.hash(bytes));
}
