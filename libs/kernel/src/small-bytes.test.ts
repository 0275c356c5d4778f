import { expect, test } from 'vitest';
import { PIECE_BYTES, smallBytes } from './small-bytes.ts';

test('no two share a byte, and all are zero', () => {
  const taken = Array.from({ length: 200 }, (_, i) => smallBytes(i * 3));
  for (const [i, bytes] of taken.entries()) {
    expect(bytes).toEqual(new Uint8Array(i * 3));
    bytes.fill(i + 1);
  }
  for (const [i, bytes] of taken.entries()) expect(new Set(bytes).size).toBe(i === 0 ? 0 : 1);
  expect(taken.map((bytes) => bytes.length)).toEqual(taken.map((_, i) => i * 3));
});

test('short bytes share a piece of memory, long ones have their own', () => {
  const pieces = new Set(Array.from({ length: 100 }, () => smallBytes(20).buffer));
  expect(pieces.size).toBeLessThanOrEqual(2);
  expect(smallBytes(PIECE_BYTES).buffer.byteLength).toBe(PIECE_BYTES);
});
