import type { Awaitable, MapEntry, MapRange } from '@holdfast/contracts';

/** What a transaction reads from: some state of the directory, below its own writes. */
export interface StateReader {
  get(key: Uint8Array): Awaitable<Uint8Array | undefined>;
  range(range: MapRange): Awaitable<MapEntry[]>;
  counter(name: string): Awaitable<number>;
}
