import { DATA_LIMITS } from '@holdfast/contracts';
import { SDK_LIMITS } from './limits.ts';

/**
 * Buffers of a chunk's size for use again: fresh ones cost more than what is done with them. At
 * most `SDK_LIMITS.pooledBuffers` are kept.
 */
export class BufferPool {
  readonly #free: Uint8Array[] = [];

  take(): Uint8Array {
    return this.#free.pop() ?? new Uint8Array(DATA_LIMITS.chunkBytes);
  }

  /** Takes a buffer back that nobody reads any more, a half-sent message included. */
  give(buffer: Uint8Array): void {
    if (buffer.length !== DATA_LIMITS.chunkBytes) return;
    if (this.#free.length < SDK_LIMITS.pooledBuffers) this.#free.push(buffer);
  }
}
