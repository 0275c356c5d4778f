import type { ChunkHash, Table } from '@holdfast/contracts';
import { defineTable } from './define-table.ts';

export interface ManifestRow {
  readonly length: number;
  readonly hash: ChunkHash;
}

/**
 * The chunks of a content by offset. A row of its own for each, so that an upload records them in
 * any order, and the commit that makes them visible writes none.
 */
export const manifests: Table<
  readonly [file: string, content: string, offset: number],
  ManifestRow
> = defineTable({
  name: 'manifest',
  format: 1,
  write(writer, row) {
    writer.count(row.length);
    writer.hex(row.hash);
  },
  read: (reader) => ({ length: reader.count(), hash: reader.hash() as ChunkHash }),
});
