import type { StoreId, Table } from '@holdfast/contracts';
import type { Holder } from '../directory.ts';
import { defineKeyTable, defineTable } from './define-table.ts';

/** One chunk of one file. */
export interface ChunkRecord {
  readonly length: number;
  /** Some content refers to it. False: it is garbage, and has an entry in that table. */
  readonly live: boolean;
  /**
   * One content that refers to it, or empty. Most chunks belong to one content for all their life;
   * kept here, its reference needs no key of its own. Further ones are in `references`.
   */
  readonly content: string;
  readonly holders: readonly Holder[];
}

export const chunks: Table<readonly [file: string, hash: string], ChunkRecord> = defineTable({
  name: 'chunk',
  format: 1,
  write(writer, record) {
    writer.count(record.length);
    writer.flag(record.live);
    writer.text(record.content);
    writer.count(record.holders.length);
    for (const { store, generation, confirmed } of record.holders) {
      writer.hex(store);
      writer.count(2 * generation + (confirmed ? 1 : 0));
    }
  },
  read(reader) {
    const record = { length: reader.count(), live: reader.flag(), content: reader.text() };
    const holders = Array.from({ length: reader.count() }, (): Holder => {
      const store = reader.id() as StoreId;
      const stand = reader.count();
      return { store, generation: Math.floor(stand / 2), confirmed: stand % 2 === 1 };
    });
    return { ...record, holders };
  },
});

/** Contents that refer to a chunk besides the one in its record. Keys, not counters. */
export const references: Table<readonly [file: string, hash: string, content: string], true> =
  defineKeyTable('reference');

/** Referenced chunks that some wanted store lacks, by the number of confirmed copies there are. */
export const underReplicatedChunks: Table<
  readonly [confirmed: number, file: string, hash: string],
  true
> = defineKeyTable('under');
