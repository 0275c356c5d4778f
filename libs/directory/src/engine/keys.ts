import type { Table } from '@holdfast/contracts';
import { assert, encodeTuple, fromLatin1, tupleText, type TupleElement } from '@holdfast/kernel';

/** The number of the engine's own table; tables of the directory are numbered from 1. */
const ENGINE_TABLE = 0;

/** The key of an entry of a table, as it stands in the map and the journal. */
export function tableKey<K extends readonly (string | number)[], V>(
  table: Table<K, V>,
  key: readonly (string | number)[],
): Uint8Array {
  return fromLatin1(tableText(table, key));
}

/** The `keyText` of the same key. */
export function tableText<K extends readonly (string | number)[], V>(
  table: Table<K, V>,
  key: readonly (string | number)[],
): string {
  assert(table.number > ENGINE_TABLE, 'table 0 belongs to the engine');
  return tupleText([table.number, ...key]);
}

/** A key of the engine's own table. */
export function engineKey(...elements: readonly TupleElement[]): Uint8Array {
  return encodeTuple(ENGINE_TABLE, ...elements);
}

/** The `keyText` of such a key. */
export function engineText(...elements: readonly TupleElement[]): string {
  return tupleText([ENGINE_TABLE, ...elements]);
}

const ENGINE_PREFIX = engineText();

/** Whether a `keyText` is of the engine's own table. */
export function isEngineText(text: string): boolean {
  return text.startsWith(ENGINE_PREFIX);
}

/** A key as text, and back. */
export { latin1 as keyText, fromLatin1 as keyBytes } from '@holdfast/kernel';
