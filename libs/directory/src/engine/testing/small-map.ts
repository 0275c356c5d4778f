import type { MapChange, MapEntry, MapRange, OrderedMap } from '@holdfast/contracts';
import { keyText } from '../keys.ts';

/** An ordered map in memory for tests, for as many keys as a unit test has. */
export class SmallMap implements OrderedMap {
  readonly #values = new Map<string, MapEntry>();
  /** Undefined after a change of the set of keys, until it is needed. */
  #sorted: string[] | undefined;

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#values.get(keyText(key))?.[1];
  }

  getMany(keys: readonly Uint8Array[]): (Uint8Array | undefined)[] {
    return keys.map((key) => this.get(key));
  }

  range({ from, to, limit, reverse }: MapRange): MapEntry[] {
    this.#sorted ??= [...this.#values.keys()].sort();
    const low = position(this.#sorted, keyText(from));
    const high = position(this.#sorted, keyText(to));
    const inside = reverse
      ? this.#sorted.slice(Math.max(low, high - limit), Math.max(low, high)).reverse()
      : this.#sorted.slice(low, Math.min(high, low + limit));
    return inside.map((text) => this.#values.get(text)).filter((entry) => entry !== undefined);
  }

  async apply(changes: readonly MapChange[]): Promise<void> {
    for (const { key, value } of changes) {
      const text = keyText(key);
      if (value === undefined ? this.#values.delete(text) : !this.#values.has(text)) {
        this.#sorted = undefined;
      }
      if (value) this.#values.set(text, [key, value]);
    }
  }

  async persist(): Promise<void> {}

  async clear(): Promise<void> {
    this.#values.clear();
    this.#sorted = undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** The index of the first of `sorted` that is not less than `text`. */
function position(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') < text) low = middle + 1;
    else high = middle;
  }
  return low;
}
