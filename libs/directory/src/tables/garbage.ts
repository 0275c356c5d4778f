import type { Table } from '@holdfast/contracts';
import { defineTable } from './define-table.ts';

/**
 * Unreferenced chunks. Their records say where they are. Format 1 had positions of stores in the
 * value, which nothing needs: what may be deleted is decided by the positions at that moment.
 */
export const garbageChunks: Table<readonly [file: string, hash: string], true> = defineTable({
  name: 'garbage',
  format: 2,
  write: () => {},
  read: () => true,
});
