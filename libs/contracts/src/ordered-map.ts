/** A value, or the promise of one: an implementation that has it at hand need not wait. */
export type Awaitable<T> = T | Promise<T>;

export type MapEntry = readonly [key: Uint8Array, value: Uint8Array];

/** One change of a batch; `value` undefined removes the key. */
export interface MapChange {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

export interface MapRange {
  /** The first key that counts. */
  readonly from: Uint8Array;
  /** The first key that no longer counts. */
  readonly to: Uint8Array;
  readonly limit: number;
  /** From the end of the range to its beginning. */
  readonly reverse?: boolean;
  /** All keys are UTF-8: a hint, with which a map may be faster, and without which it gives the same. */
  readonly textKeys?: boolean;
}

/**
 * Keys in byte order with values, changed in atomic batches. A view of the journal: a crash of the
 * process loses nothing, but a power cut may lose any of the batches since `persist`, and keep later
 * ones; replay of the journal from there makes up for it. A value that was damaged at rest is
 * reported as `damaged`, never returned.
 */
export interface OrderedMap extends AsyncDisposable {
  get(key: Uint8Array): Awaitable<Uint8Array | undefined>;
  getMany(keys: readonly Uint8Array[]): Awaitable<(Uint8Array | undefined)[]>;
  range(range: MapRange): Awaitable<MapEntry[]>;
  /** Applies all changes or none. Reads that begin afterwards see them all. */
  apply(changes: readonly MapChange[]): Promise<void>;
  /** What was applied before the call survives a power cut once it resolves. */
  persist(): Promise<void>;
  /** Removes everything, for rebuilding from the journal. */
  clear(): Promise<void>;
}
