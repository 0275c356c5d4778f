import type { ReadTransaction, Table, TableRange, WriteTransaction } from '@holdfast/contracts';
import { compareBytes, decodeTuple, prefixEnd } from '@holdfast/kernel';
import { tableKey, tableText } from './keys.ts';
import type { StateReader } from './state-reader.ts';
import { WriteSet } from './write-set.ts';

type Key = readonly (string | number)[];

/** Tables read from a state. */
export class TableReader implements ReadTransaction {
  protected readonly state: StateReader;
  readonly nowMs: number;

  constructor(state: StateReader, nowMs: number) {
    this.state = state;
    this.nowMs = nowMs;
  }

  async get<K extends Key, V>(table: Table<K, V>, ...key: K): Promise<V | undefined> {
    const found = this.state.get(tableText(table, key), table.decode);
    return found instanceof Promise ? await found : found;
  }

  async range<K extends Key, V>(
    table: Table<K, V>,
    { prefix, after, through, limit, reverse = false }: TableRange<K>,
  ): Promise<{ key: K; value: V }[]> {
    const start = tableKey(table, prefix);
    const all = prefixEnd(start);
    const end = through ? less(all, prefixEnd(tableKey(table, through))) : all;
    // Going back, "after" a key is before it.
    const from = after && !reverse ? greater(start, successor(tableKey(table, after))) : start;
    const to = after && reverse ? less(end, tableKey(table, after)) : end;
    if (compareBytes(from, to) >= 0 || limit <= 0) return [];
    const { textKeys = false } = table;
    const entries = await this.state.range({ from, to, limit, reverse, textKeys });
    return entries.map(([key, value]) => ({
      // All keys of the range begin with the prefix, which need not be decoded.
      key: [...prefix, ...decodeTuple(key.subarray(start.length))] as readonly unknown[] as K,
      value: table.decode(value),
    }));
  }

  async counter(name: string): Promise<number> {
    return await this.state.counter(name);
  }
}

/** A transaction that collects its writes and reads them back. */
export class TableWriter extends TableReader implements WriteTransaction {
  readonly writeSet: WriteSet;
  readonly epoch: number;

  constructor(state: StateReader, nowMs: number, epoch: number) {
    const writeSet = new WriteSet();
    super(writeSet.over(state), nowMs);
    this.writeSet = writeSet;
    this.epoch = epoch;
  }

  put<K extends Key, V>(table: Table<K, V>, value: V, ...key: K): void {
    this.writeSet.set(tableText(table, key), table.encode(value));
  }

  delete<K extends Key, V>(table: Table<K, V>, ...key: K): void {
    this.writeSet.set(tableText(table, key), undefined);
  }

  async raise<K extends Key>(table: Table<K, number>, value: number, ...key: K): Promise<void> {
    const text = tableText(table, key);
    const found = this.state.get(text, table.decode);
    const known = found instanceof Promise ? await found : found;
    if (known !== undefined && known >= value) return;
    this.writeSet.raise({ text, value, encode: table.encode });
  }

  add(name: string, amount: number): void {
    this.writeSet.add(name, amount);
  }
}

/** The smallest key that is greater than `key`. */
function successor(key: Uint8Array): Uint8Array {
  const next = new Uint8Array(key.length + 1);
  next.set(key);
  return next;
}

function greater(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) < 0 ? b : a;
}

function less(a: Uint8Array, b: Uint8Array): Uint8Array {
  return compareBytes(a, b) < 0 ? a : b;
}
