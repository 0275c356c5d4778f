/**
 * Buffers of one size for use again: fresh ones, zeroed and mapped page by page, cost more than what is
 * done with them. A bounded number is kept.
 */
export class SpareBuffers {
  readonly #bytes: number;
  readonly #kept: number;
  readonly #free: Uint8Array[] = [];

  /** `bytes`: of each buffer; `kept`: how many are kept at most. */
  constructor(bytes: number, kept: number) {
    this.#bytes = bytes;
    this.#kept = kept;
  }

  take(): Uint8Array {
    return this.#free.pop() ?? new Uint8Array(this.#bytes);
  }

  /** Takes a buffer back that nobody reads any more, a half-sent message included. */
  give(buffer: Uint8Array): void {
    if (buffer.length === this.#bytes && this.#free.length < this.#kept) this.#free.push(buffer);
  }
}
