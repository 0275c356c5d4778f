/** A version's chunks by offset, of the pages that were read last. */
export type HeldChunks<T> = Map<number, T>;

/**
 * Bounds what the open reads of each session keep at hand together (§P10): the read that was not asked
 * for longest lets go of its chunks, which are read again when they are wanted.
 */
export class HeldPages<T extends { readonly offset: number }> {
  readonly #limit: number;
  /** By session; the read that was used last stands last. */
  readonly #sessions = new Map<string, Set<HeldChunks<T>>>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Adds a page to what a read holds. */
  add(session: string, held: HeldChunks<T>, page: readonly T[]): void {
    const reads = this.#sessions.get(session) ?? new Set();
    this.#sessions.set(session, reads);
    reads.delete(held);
    reads.add(held);
    let count = page.length;
    for (const { size } of reads) count += size;
    for (const oldest of reads) {
      if (count <= this.#limit) break;
      count -= oldest.size;
      oldest.clear();
      if (oldest !== held) reads.delete(oldest);
    }
    for (const chunk of page) held.set(chunk.offset, chunk);
  }

  /** The read is over. */
  release(session: string, held: HeldChunks<T>): void {
    const reads = this.#sessions.get(session);
    reads?.delete(held);
    if (reads?.size === 0) this.#sessions.delete(session);
  }
}
