import type { Table } from '@holdfast/contracts';
import { defineTable } from './define-table.ts';

/**
 * The bytes of contents that are too small to be worth a chunk. A row of its own, so that an entry
 * that is renamed or moved does not carry them along.
 */
export const contents: Table<readonly [file: string, content: string], Uint8Array> = defineTable({
  name: 'content',
  format: 1,
  write: (writer, bytes) => writer.bytes(bytes),
  read: (reader) => reader.bytes(),
});
