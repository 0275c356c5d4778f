import type { Table } from '@holdfast/contracts';
import { defineJsonTable, defineKeyTable } from './define-table.ts';
import type { Dentry } from './dentries.ts';

export interface TrashRecord {
  /** Where the entry was. */
  readonly path: string;
  readonly deletedMs: number;
  readonly dentry: Dentry;
}

/**
 * Deleted entries, newest first. A folder is here by itself: what is in it stays below its id.
 * Each user has one bin after the other; emptying begins a new one.
 */
export const trash: Table<readonly [user: string, bin: number, id: string], TrashRecord> =
  defineJsonTable('trash', 1);

/** Deleted entries in the order in which they will expire. */
export const trashAges: Table<
  readonly [deletedMs: number, user: string, bin: number, id: string],
  true
> = defineKeyTable('trashAge');

/** The number of a user's present bin; 0 where there is no entry. */
export const trashBins: Table<readonly [user: string], number> = defineJsonTable('trashBin', 1);
