import type { MapChange, MapEntry, MapRange, OrderedMap } from '@holdfast/contracts';
import { latin1 } from '@holdfast/kernel';
import { SortedKeys } from './sorted-keys.ts';

/** An ordered map in memory, for the simulator. */
export function memoryMap(): OrderedMap {
  return new MemoryMap();
}

class MemoryMap implements OrderedMap {
  readonly #entries = new Map<string, MapEntry>();
  readonly #keys = new SortedKeys();

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#entries.get(latin1(key))?.[1];
  }

  getMany(keys: readonly Uint8Array[]): (Uint8Array | undefined)[] {
    return keys.map((key) => this.get(key));
  }

  range({ from, to, limit, reverse }: MapRange): MapEntry[] {
    const keys = this.#keys.between(latin1(from), latin1(to), reverse === true);
    const found: MapEntry[] = [];
    if (limit <= 0) return found;
    for (const key of keys) {
      const entry = this.#entries.get(key);
      if (entry) found.push(entry);
      if (found.length >= limit) break;
    }
    return found;
  }

  async apply(changes: readonly MapChange[]): Promise<void> {
    for (const { key, value } of changes) {
      const text = latin1(key);
      if (value === undefined) {
        if (this.#entries.delete(text)) this.#keys.delete(text);
      } else {
        if (!this.#entries.has(text)) this.#keys.insert(text);
        this.#entries.set(text, [key, value]);
      }
    }
  }

  async persist(): Promise<void> {}

  async clear(): Promise<void> {
    this.#entries.clear();
    this.#keys.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
