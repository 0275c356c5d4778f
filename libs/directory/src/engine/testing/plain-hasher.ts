import type { Hasher } from '@holdfast/contracts';
import type { ByteParts } from '@holdfast/kernel';

const HASH_BYTES = 32;
const LANES = HASH_BYTES / 4;

/** Chains records in tests; it keeps nobody out. */
export const plainHasher: Hasher = {
  hash: (parts) => hash(0x811c9dc5, parts),
  keyed: (key, parts) => hash(0x01000193, [key, ...parts]),
};

/** FNV-1a in eight lanes with different beginnings. */
function hash(seed: number, parts: ByteParts): Uint8Array {
  let a = seed;
  let b = seed ^ 0x5bd1e995;
  for (const part of parts) {
    for (const byte of part) {
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul(b ^ byte, 0x01000193) ^ (b >>> 15);
    }
  }
  const result = new Uint8Array(HASH_BYTES);
  const view = new DataView(result.buffer);
  for (let lane = 0; lane < LANES; lane++) {
    a = Math.imul(a ^ (b >>> 13), 0x85ebca6b);
    b = Math.imul(b ^ (a >>> 16), 0xc2b2ae35);
    view.setUint32(4 * lane, (a ^ b) >>> 0);
  }
  return result;
}
