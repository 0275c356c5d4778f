/** What is longer is allocated by itself, so that little of a piece stays unused. */
const LONGEST = 512;
/** So much memory is kept at most by whoever keeps a part of it. */
export const PIECE_BYTES = 2_048;

let piece = new Uint8Array(PIECE_BYTES);
let used = 0;

/**
 * Zeroed bytes, short ones out of a larger piece: the platform takes ten times as long to allocate
 * more than 64 of them by themselves. Whoever keeps them keeps the whole piece.
 */
export function smallBytes(length: number): Uint8Array {
  if (length > LONGEST) return new Uint8Array(length);
  if (used + length > PIECE_BYTES) {
    piece = new Uint8Array(PIECE_BYTES);
    used = 0;
  }
  const bytes = new Uint8Array(piece.buffer, used, length);
  used += length;
  return bytes;
}
