import type { Awaitable, MapEntry, MapRange } from '@holdfast/contracts';

/** What a transaction reads from: some state of the directory, below its own writes. */
export interface StateReader {
  /**
   * The value of a key, given as `keyText`, as its table decodes it. Others get the same object:
   * nobody may change it.
   */
  get<V>(text: string, decode: (bytes: Uint8Array) => V): Awaitable<V | undefined>;
  range(range: MapRange): Awaitable<MapEntry[]>;
  counter(name: string): Awaitable<number>;
}
