import type { ByteParts } from '@holdfast/kernel';

/** BLAKE3, which every part uses for chunks, chains and checksums. */
export interface Hasher {
  /** 32 bytes: BLAKE3 of all parts in order. */
  hash(parts: ByteParts): Uint8Array;
  /** 32 bytes: keyed BLAKE3. `key` is 32 bytes. */
  keyed(key: Uint8Array, parts: ByteParts): Uint8Array;
}
