/**
 * Values by key, of which those that were not used for longest make room for others. It has two halves
 * instead of a list in the order of use: what is used moves from the old one to the young one, and when
 * that is full it becomes the old one, so that a use costs next to nothing.
 */
export class RecentlyUsed<V> {
  readonly #limit: number;
  readonly #sizeOf: (value: V) => number;
  #young = new Map<string, V>();
  #old = new Map<string, V>();
  #youngSize = 0;

  /** Keeps values of `limit` together, as `sizeOf` counts: by itself their number. */
  constructor(limit: number, sizeOf: (value: V) => number = () => 1) {
    this.#limit = limit;
    this.#sizeOf = sizeOf;
  }

  get(key: string): V | undefined {
    const young = this.#young.get(key);
    if (young !== undefined) return young;
    const old = this.#old.get(key);
    if (old !== undefined) this.set(key, old);
    return old;
  }

  set(key: string, value: V): void {
    this.delete(key);
    const size = this.#sizeOf(value);
    if (size > this.#limit / 2) return;
    if (this.#youngSize + size > this.#limit / 2) {
      this.#old = this.#young;
      this.#young = new Map();
      this.#youngSize = 0;
    }
    this.#young.set(key, value);
    this.#youngSize += size;
  }

  delete(key: string): void {
    this.#old.delete(key);
    const young = this.#young.get(key);
    if (young === undefined) return;
    this.#young.delete(key);
    this.#youngSize -= this.#sizeOf(young);
  }

  clear(): void {
    this.#young.clear();
    this.#old.clear();
    this.#youngSize = 0;
  }
}
