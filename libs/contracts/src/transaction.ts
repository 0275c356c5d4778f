import type { CallNumber } from './method.ts';

/**
 * A table of the directory: keys are tuples below a number of their own, values have a codec. All
 * formats carry a number, so that newer ones are refused and older ones migrated.
 */
export interface Table<K extends readonly (string | number)[], V> {
  readonly name: string;
  /** The first element of every key; never reused for another table. */
  readonly number: number;
  /** All elements of its keys are text without zero characters, so that keys are UTF-8. */
  readonly textKeys?: boolean;
  encode(value: V): Uint8Array;
  decode(bytes: Uint8Array): V;
  /** Only for its type. */
  readonly key?: K;
}

export interface TableRange<K> {
  /** The elements that all keys of the range begin with. */
  readonly prefix: readonly (string | number)[];
  /** Only keys after this one. */
  readonly after?: K;
  /** None beyond those that begin with these elements. */
  readonly through?: readonly (string | number)[];
  readonly limit: number;
  readonly reverse?: boolean;
}

/** Reads of one consistent state. */
export interface ReadTransaction {
  get<K extends readonly (string | number)[], V>(
    table: Table<K, V>,
    ...key: K
  ): Promise<V | undefined>;
  range<K extends readonly (string | number)[], V>(
    table: Table<K, V>,
    range: TableRange<K>,
  ): Promise<{ key: K; value: V }[]>;
  /** A counter's value; 0 if it was never added to. Does not conflict with `add`. */
  counter(name: string): Promise<number>;
  /** Milliseconds since the epoch on directory time. */
  readonly nowMs: number;
}

export interface WriteTransaction extends ReadTransaction {
  put<K extends readonly (string | number)[], V>(table: Table<K, V>, value: V, ...key: K): void;
  delete<K extends readonly (string | number)[], V>(table: Table<K, V>, ...key: K): void;
  /**
   * Puts `value`, unless the entry has a greater one by the time of the commit. Conflicts with nothing
   * but an ordinary write of the entry: who reads it meanwhile may have read a lower value.
   */
  raise<K extends readonly (string | number)[]>(
    table: Table<K, number>,
    value: number,
    ...key: K
  ): Promise<void>;
  /** Adds to a counter without reading it, so that it conflicts with nothing. */
  add(name: string, amount: number): void;
  /** The number that this commit will have if it succeeds is not known here; its epoch is. */
  readonly epoch: number;
}

export interface TransactOptions {
  /**
   * What is committed leads to space coming back (a deletion, a collection): it may be written where
   * there is no space left for other changes.
   */
  readonly frees?: boolean;
}

/** What a query gave before anybody asked. It is kept for a short time. */
export interface QueriedAhead<T> {
  /** The value, once, provided that a query would give it at this moment; throws as a query would. */
  take(): { readonly value: T } | undefined;
}

/**
 * Serialisable transactions over the directory's tables (§P3). A body may run several times, so it
 * has no effects but through its transaction.
 */
export interface TransactionRunner {
  /**
   * Runs `body` and commits what it wrote: journal here, journal on every store in view, visible,
   * then the promise resolves with the body's value (§P1). With `call`, the value is kept under that
   * number in the same commit, and a repetition gets the first value without running the body; it
   * must then be plain JSON. A body that throws commits nothing.
   */
  transact<T>(
    body: (tx: WriteTransaction) => Promise<T>,
    call?: CallNumber,
    options?: TransactOptions,
  ): Promise<T>;
  /** Runs `body` against the newest visible state. */
  query<T>(body: (tx: ReadTransaction) => Promise<T>): Promise<T>;
  /**
   * Runs `body` for who will ask in a moment. Undefined where it came to nothing: it failed, was
   * overtaken, or there are too many of its kind.
   */
  queryAhead<T>(body: (tx: ReadTransaction) => Promise<T>): Promise<QueriedAhead<T> | undefined>;
}
