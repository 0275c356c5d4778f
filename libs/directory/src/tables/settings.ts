import type { Table } from '@holdfast/contracts';
import type { DirectorySettings } from '../directory.ts';
import { defineJsonTable } from './define-table.ts';

/** One entry, under an empty key. */
export const settingsTable: Table<readonly [], DirectorySettings> = defineJsonTable('settings', 1);
