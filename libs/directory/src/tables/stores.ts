import type { StoreId, Table } from '@holdfast/contracts';
import type { DepartedStore, StoreRecord } from '../directory.ts';
import { defineJsonTable } from './define-table.ts';

/** Stores without their positions, so that a commit that reads a generation rarely conflicts. */
export const stores: Table<
  readonly [store: string],
  Omit<StoreRecord, 'position'>
> = defineJsonTable('store', 1);

export const storePositions: Table<readonly [store: string], number> = defineJsonTable(
  'storePosition',
  1,
);

/** Stores that left for good, so that none of them comes back with what it has. */
export const departedStores: Table<readonly [store: string], DepartedStore> = defineJsonTable(
  'departedStore',
  1,
);

/**
 * Stores that may have forgotten something and were not looked through since. One entry, under an empty
 * key: whoever shows copies asks for it, and it hardly ever changes.
 */
export const doubtedStores: Table<readonly [], readonly StoreId[]> = defineJsonTable(
  'doubtedStores',
  1,
);
