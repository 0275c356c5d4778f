import type { Table } from '@holdfast/contracts';
import { assert, encodeTuple, type TupleElement } from '@holdfast/kernel';

/** The number of the engine's own table; tables of the directory are numbered from 1. */
const ENGINE_TABLE = 0;

/** The key of an entry of a table, as it stands in the map and the journal. */
export function tableKey<K extends readonly (string | number)[], V>(
  table: Table<K, V>,
  key: readonly (string | number)[],
): Uint8Array {
  assert(table.number > ENGINE_TABLE, 'table 0 belongs to the engine');
  return encodeTuple(table.number, ...key);
}

/** A key of the engine's own table. */
export function engineKey(...elements: readonly TupleElement[]): Uint8Array {
  return encodeTuple(ENGINE_TABLE, ...elements);
}

/** A key as text. */
export { latin1 as keyText } from '@holdfast/kernel';

/** The bytes behind `keyText`. */
export function keyBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}
