import type { Awaitable, MapChange, MapEntry, MapRange, OrderedMap } from '@holdfast/contracts';
import { RecentlyUsed, latin1 } from '@holdfast/kernel';
import { ORDERED_MAP_LIMITS } from './limits.ts';

/**
 * Keeps small values that were read lately at hand: most transactions read the same few folders and
 * stores. `map` belongs to the result, and is to be changed through it alone.
 */
export function cachedMap(map: OrderedMap, limits: Limits = ORDERED_MAP_LIMITS): OrderedMap {
  return new CachedMap(map, limits);
}

type Limits = Record<'cachedEntries' | 'cachedValueBytes', number>;

class CachedMap implements OrderedMap {
  readonly #map: OrderedMap;
  readonly #valueBytes: number;
  readonly #recent: RecentlyUsed<Uint8Array>;
  /** Batches on their way: what is read meanwhile may be what they replace. */
  #applying = 0;

  constructor(map: OrderedMap, { cachedEntries, cachedValueBytes }: Limits) {
    this.#map = map;
    this.#valueBytes = cachedValueBytes;
    this.#recent = new RecentlyUsed(cachedEntries);
  }

  get(key: Uint8Array): Awaitable<Uint8Array | undefined> {
    const text = latin1(key);
    const recent = this.#recent.get(text);
    if (recent) return recent;
    const found = this.#map.get(key);
    // By the time a promise is kept the value may have been replaced.
    if (found && !(found instanceof Promise) && this.#applying === 0) this.#keep(text, found);
    return found;
  }

  getMany(keys: readonly Uint8Array[]): Awaitable<(Uint8Array | undefined)[]> {
    return this.#map.getMany(keys);
  }

  range(range: MapRange): Awaitable<MapEntry[]> {
    return this.#map.range(range);
  }

  async apply(changes: readonly MapChange[]): Promise<void> {
    this.#applying++;
    try {
      for (const { key } of changes) this.#recent.delete(latin1(key));
      await this.#map.apply(changes);
    } finally {
      this.#applying--;
    }
  }

  async persist(): Promise<void> {
    await this.#map.persist();
  }

  async clear(): Promise<void> {
    this.#applying++;
    try {
      this.#recent.clear();
      await this.#map.clear();
    } finally {
      this.#applying--;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#map[Symbol.asyncDispose]();
  }

  #keep(text: string, value: Uint8Array): void {
    if (value.length <= this.#valueBytes) this.#recent.set(text, value);
  }
}
