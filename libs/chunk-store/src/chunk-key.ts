import { type ChunkHash, type ChunkId, type FileId, HoldfastError } from '@holdfast/contracts';
import { fromHex, toHex } from '@holdfast/kernel';
import { KEY_BYTES } from './limits.ts';

/** Where the hash begins in a key; the file's id stands before it. */
export const HASH_AT = 16;

/** A chunk's name in bytes: 16 of its file's id, 32 of its hash. */
export function chunkKey(chunk: ChunkId): Uint8Array {
  const key = fromHex(chunk.file + chunk.hash);
  if (key.length !== KEY_BYTES || chunk.file.length !== 2 * HASH_AT) {
    throw new HoldfastError('invalid-argument', `There is no chunk ${chunk.file}/${chunk.hash}.`);
  }
  return key;
}

export function chunkIdOf(key: Uint8Array): ChunkId {
  const name = toHex(key);
  return {
    file: name.slice(0, 2 * HASH_AT) as FileId,
    hash: name.slice(2 * HASH_AT) as ChunkHash,
  };
}
