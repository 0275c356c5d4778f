import type { ChunkHash, Hasher } from '@holdfast/contracts';
import { fromHex, partsLength, toHex, type ByteParts } from '@holdfast/kernel';

const HASH_BYTES = 32;

/** BLAKE3 of a chunk's bytes, as chunks are named. */
export function hashChunk(hasher: Pick<Hasher, 'hash'>, content: ByteParts): ChunkHash {
  return toHex(hasher.hash(content)) as ChunkHash;
}

/** Whether these are the bytes of a chunk, all of them. */
export function isChunk(
  hasher: Pick<Hasher, 'hash'>,
  content: ByteParts,
  { length, hash }: { readonly length: number; readonly hash: ChunkHash | undefined },
): boolean {
  return partsLength(content) === length && hashChunk(hasher, content) === hash;
}

/** The hashes of a file's chunks in order, 32 bytes each, whatever order they are known in. */
export class HashList {
  #bytes = new Uint8Array(HASH_BYTES * 64);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  set(index: number, hash: ChunkHash): void {
    while (HASH_BYTES * (index + 1) > this.#bytes.length) this.#grow();
    this.#bytes.set(fromHex(hash), HASH_BYTES * index);
    this.#length = Math.max(this.#length, index + 1);
  }

  get(index: number): ChunkHash {
    const begin = HASH_BYTES * index;
    return toHex(this.#bytes.subarray(begin, begin + HASH_BYTES)) as ChunkHash;
  }

  /** BLAKE3 over all hashes in order: what names the whole file at its commit. */
  root(hasher: Pick<Hasher, 'hash'>): ChunkHash {
    return hashChunk(hasher, [this.#bytes.subarray(0, HASH_BYTES * this.#length)]);
  }

  #grow(): void {
    const grown = new Uint8Array(this.#bytes.length * 2);
    grown.set(this.#bytes);
    this.#bytes = grown;
  }
}
