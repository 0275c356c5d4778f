import { DATA_LIMITS } from '@holdfast/contracts';
import type { ByteSource } from './byte-source.ts';
import type { ReadBuffers } from './chunk-buffers.ts';

/** A run of a source's bytes. Give `buffer` back to the pool when nobody reads `bytes` any more. */
export interface Cut {
  readonly index: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly buffer: Uint8Array;
}

/** Cuts a source into chunks of `DATA_LIMITS.chunkBytes`, the last one shorter. */
export class ChunkCutter {
  readonly #source: ByteSource;
  readonly #pool: ReadBuffers;
  #index = 0;
  #ended = false;

  constructor(source: ByteSource, pool: ReadBuffers) {
    this.#source = source;
    this.#pool = pool;
  }

  /** The end of the source was seen, so that no chunk follows the last one that was cut. */
  get ended(): boolean {
    return this.#ended;
  }

  /** The next chunk; undefined at the end. Not to be called again before it resolves. */
  async next(): Promise<Cut | undefined> {
    if (this.#ended) return undefined;
    const { buffer, length } = this.#index === 0 ? await this.#first() : await this.#whole();
    if (length === 0) {
      this.#pool.give(buffer);
      return undefined;
    }
    const index = this.#index++;
    const offset = index * DATA_LIMITS.chunkBytes;
    return { index, offset, bytes: buffer.subarray(0, length), buffer };
  }

  /** The first buffer grows with what the source has: most files are small. */
  async #first(): Promise<{ buffer: Uint8Array; length: number }> {
    let buffer = this.#pool.takeAbove(0);
    let length = await this.#fill(buffer, 0);
    while (!this.#ended && buffer.length < DATA_LIMITS.chunkBytes) {
      const larger = this.#pool.takeAbove(buffer.length);
      larger.set(buffer);
      this.#pool.give(buffer);
      buffer = larger;
      length = await this.#fill(buffer, length);
    }
    return { buffer, length };
  }

  async #whole(): Promise<{ buffer: Uint8Array; length: number }> {
    const buffer = this.#pool.takeWhole();
    return { buffer, length: await this.#fill(buffer, 0) };
  }

  /** Reads behind the first `filled` bytes; returns how many are filled then. */
  async #fill(buffer: Uint8Array, filled: number): Promise<number> {
    let length = filled;
    while (length < buffer.length) {
      const count = await this.#source.read(buffer.subarray(length));
      if (count === 0) {
        this.#ended = true;
        break;
      }
      length += count;
    }
    return length;
  }
}
