import type { Awaitable, MapChange, MapEntry, MapRange, OrderedMap } from '@holdfast/contracts';
import { PIECE_BYTES, RecentlyUsed } from '@holdfast/kernel';
import { KeyWrite } from './key-write.ts';
import { isEngineText, keyBytes, keyText } from './keys.ts';
import { ENGINE_LIMITS } from './limits.ts';

/** An ordered map that gives single values as their tables decode them. */
export interface DecodingMap extends OrderedMap {
  /** `text`: the key as `keyText`. Others get the same object: nobody may change it. */
  read<V>(text: string, decode: (bytes: Uint8Array) => V): Awaitable<V | undefined>;
}

/**
 * Keeps small values at hand that were read or written lately: most transactions read the same few
 * folders and stores, and files that were just written. That there is no value is kept, too. `map`
 * belongs to the result, and is to be changed through it alone.
 */
export function decodingMap(map: OrderedMap, limits: Limits = ENGINE_LIMITS): DecodingMap {
  return new KeptValues(map, limits);
}

type Limits = Record<'keptBytes' | 'keptValueBytes', number>;

/** About what an entry takes beside its key and value. */
const ENTRY_BYTES = 256;
/** About how much larger a value is once it is decoded; what long ones have more is plain bytes. */
const DECODED_TIMES = 4;
const DECODED_MORE_BYTES = 1_536;

/** A value as it was found; the bytes go once they are decoded. */
class Kept {
  readonly bytes: number;
  #encoded: Uint8Array | undefined;
  #decoded: unknown;

  constructor(text: string, encoded: Uint8Array | undefined) {
    const length = encoded?.length ?? 0;
    const more = Math.min((DECODED_TIMES - 1) * length, DECODED_MORE_BYTES);
    this.bytes = ENTRY_BYTES + text.length + length + more;
    this.#encoded = encoded;
  }

  read<V>(decode: (bytes: Uint8Array) => V): V | undefined {
    if (this.#encoded) {
      this.#decoded = decode(this.#encoded);
      this.#encoded = undefined;
    }
    return this.#decoded as V | undefined;
  }
}

class KeptValues implements DecodingMap {
  readonly #map: OrderedMap;
  readonly #valueBytes: number;
  readonly #kept: RecentlyUsed<Kept>;
  #clearing = false;

  constructor(map: OrderedMap, { keptBytes, keptValueBytes }: Limits) {
    this.#map = map;
    this.#valueBytes = keptValueBytes;
    this.#kept = new RecentlyUsed(keptBytes, ({ bytes }) => bytes);
  }

  read<V>(text: string, decode: (bytes: Uint8Array) => V): Awaitable<V | undefined> {
    const kept = this.#kept.get(text);
    if (kept) return kept.read(decode);
    const found = this.#map.get(keyBytes(text));
    // By the time a promise is kept the value may have been replaced.
    if (found instanceof Promise) return found.then((bytes) => bytes && decode(bytes));
    const entry = new Kept(text, found);
    const value = entry.read(decode);
    const isShort = found === undefined || found.length <= this.#valueBytes;
    if (isShort && !this.#clearing) this.#kept.set(text, entry);
    return value;
  }

  get(key: Uint8Array): Awaitable<Uint8Array | undefined> {
    return this.#map.get(key);
  }

  getMany(keys: readonly Uint8Array[]): Awaitable<(Uint8Array | undefined)[]> {
    return this.#map.getMany(keys);
  }

  range(range: MapRange): Awaitable<MapEntry[]> {
    return this.#map.range(range);
  }

  /** What is read while changes are on their way may be what they replace: they are noted behind it. */
  async apply(changes: readonly MapChange[]): Promise<void> {
    try {
      await this.#map.apply(changes);
    } catch (error) {
      for (const change of changes) this.#kept.delete(textOf(change));
      throw error;
    }
    for (const change of changes) this.#note(change);
  }

  async persist(): Promise<void> {
    await this.#map.persist();
  }

  async clear(): Promise<void> {
    this.#clearing = true;
    try {
      this.#kept.clear();
      await this.#map.clear();
    } finally {
      this.#clearing = false;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#map[Symbol.asyncDispose]();
  }

  /** What commits write is often read soon; what fills a map that is begun anew is not. */
  #note(change: MapChange): void {
    const text = textOf(change);
    const { value } = change;
    if (change instanceof KeyWrite && value && this.#mayKeep(value) && !isEngineText(text)) {
      this.#kept.set(text, new Kept(text, value));
    } else {
      this.#kept.delete(text);
    }
  }

  /** A part of a large piece of memory would keep all of it. */
  #mayKeep(value: Uint8Array): boolean {
    const { byteLength } = value.buffer;
    return value.length <= this.#valueBytes && byteLength <= Math.max(PIECE_BYTES, value.length);
  }
}

function textOf(change: MapChange): string {
  return change instanceof KeyWrite ? change.text : keyText(change.key);
}
