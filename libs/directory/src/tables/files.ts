import type { StoreId, Table } from '@holdfast/contracts';
import type { FilePlacement } from '../directory.ts';
import { defineTable } from './define-table.ts';
import { type Place, readPlace, writePlace } from './place.ts';
import type { ValueReader } from './value-reader.ts';
import type { ValueWriter } from './value-writer.ts';
import { type VersionRecord, readVersion, writeVersion } from './version-record.ts';

/** A file by its id, whatever it is called. It outlives every reference to its chunks. */
export interface FileRecord {
  readonly place: Place;
  readonly placement: FilePlacement;
  /** Absent before the first version is committed. */
  readonly current?: VersionRecord;
}

export const files: Table<readonly [file: string], FileRecord> = defineTable({
  name: 'file',
  format: 2,
  write(writer, record) {
    writePlace(writer, record.place);
    writePlacement(writer, record.placement);
    writer.flag(record.current !== undefined);
    if (record.current) writeVersion(writer, record.current);
  },
  read(reader) {
    const record = { place: readPlace(reader), placement: readPlacement(reader) };
    return reader.flag() ? { ...record, current: readVersion(reader) } : record;
  },
});

/** How the number `all` of copies is written. */
const ALL_COPIES = 0;

function writePlacement(writer: ValueWriter, { stores, copies }: FilePlacement): void {
  writer.count(copies === 'all' ? ALL_COPIES : copies);
  writer.count(stores.length);
  for (const store of stores) writer.hex(store);
}

function readPlacement(reader: ValueReader): FilePlacement {
  const copies = reader.count();
  const length = reader.count();
  const stores = Array.from({ length }, () => reader.id() as StoreId);
  return { stores, copies: copies === ALL_COPIES ? 'all' : copies };
}
