import type { Table } from '@holdfast/contracts';
import { type Place, readPlace, writePlace } from './place.ts';
import { defineTable } from './define-table.ts';

/** Where a folder stands. What a listing shows of it is in its dentry. */
export const folders: Table<readonly [folder: string], Place> = defineTable({
  name: 'folder',
  format: 1,
  write: (writer, place) => writePlace(writer, place),
  read: (reader) => readPlace(reader),
});
