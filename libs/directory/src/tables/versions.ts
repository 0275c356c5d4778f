import type { Table } from '@holdfast/contracts';
import { defineKeyTable, defineTable } from './define-table.ts';
import { type VersionRecord, readVersion, writeVersion } from './version-record.ts';

/** A version that is no longer the current one. */
export interface OldVersion extends VersionRecord {
  readonly supersededMs: number;
}

/** Old versions; the current one is in the file's record. */
export const versions: Table<readonly [file: string, version: number], OldVersion> = defineTable({
  name: 'version',
  format: 2,
  write(writer, record) {
    writeVersion(writer, record);
    writer.number(record.supersededMs);
  },
  read: (reader) => ({ ...readVersion(reader), supersededMs: reader.number() }),
});

/** Old versions in the order in which they will expire. */
export const superseded: Table<
  readonly [supersededMs: number, file: string, version: number],
  true
> = defineKeyTable('superseded');

/**
 * The versions that use a content, where it is used by more than one since an old version was
 * restored. Without entries, a content is its one version's own.
 */
export const contentUses: Table<readonly [file: string, content: string, version: number], true> =
  defineKeyTable('contentUse');
