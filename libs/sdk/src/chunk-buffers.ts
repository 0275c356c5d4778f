import { DATA_LIMITS } from '@holdfast/contracts';
import { SpareBuffers } from '@holdfast/kernel';
import { SDK_LIMITS } from './limits.ts';

/** Memory for the chunks that one client moves. */
export function chunkBuffers(): SpareBuffers {
  return new SpareBuffers(DATA_LIMITS.chunkBytes, SDK_LIMITS.pooledBuffers);
}

/**
 * Memory that files are read into. Most files are small, and a fresh buffer for a whole chunk costs
 * more than all else that is done for one: so there are three sizes, and buffers of each are kept.
 */
export class ReadBuffers {
  readonly #chunks: SpareBuffers;
  readonly #smaller: readonly { readonly bytes: number; readonly spare: SpareBuffers }[];

  /** `chunks`: memory for whole chunks, which others may use, too. */
  constructor(chunks: SpareBuffers = chunkBuffers()) {
    const { firstReadBytes, pooledFirstReads, grownReadBytes, pooledGrownReads } = SDK_LIMITS;
    this.#chunks = chunks;
    this.#smaller = [
      { bytes: firstReadBytes, spare: new SpareBuffers(firstReadBytes, pooledFirstReads) },
      { bytes: grownReadBytes, spare: new SpareBuffers(grownReadBytes, pooledGrownReads) },
    ];
  }

  /** A buffer of the least size that is larger than `bytes`, of a whole chunk at most. */
  takeAbove(bytes: number): Uint8Array {
    return this.#smaller.find((size) => size.bytes > bytes)?.spare.take() ?? this.takeWhole();
  }

  /** A buffer for a whole chunk. */
  takeWhole(): Uint8Array {
    return this.#chunks.take();
  }

  /** Takes a buffer back that nobody reads any more, a half-sent message included. */
  give(buffer: Uint8Array): void {
    const size = this.#smaller.find(({ bytes }) => bytes === buffer.length);
    (size?.spare ?? this.#chunks).give(buffer);
  }
}
