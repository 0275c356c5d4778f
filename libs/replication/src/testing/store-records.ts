import type { StoreId } from '@holdfast/contracts';
import type { Directory, StoreRecord } from '@holdfast/directory';

/** What a directory does with the records of stores, in memory. */
export class StoreRecords implements Pick<Directory, 'stores' | 'putStore' | 'changeStore'> {
  readonly #records = new Map<StoreId, StoreRecord>();

  constructor(...records: readonly StoreRecord[]) {
    for (const record of records) this.#records.set(record.store, record);
  }

  async stores(): Promise<readonly StoreRecord[]> {
    return [...this.#records.values()];
  }

  async putStore(record: StoreRecord): Promise<void> {
    this.#records.set(record.store, record);
  }

  async changeStore(
    store: StoreId,
    change: (known: StoreRecord) => StoreRecord | undefined,
  ): Promise<void> {
    const known = this.#records.get(store);
    const changed = known && change(known);
    if (changed) this.#records.set(store, changed);
  }
}

export function storeRecord(about: Partial<StoreRecord> = {}): StoreRecord {
  return {
    store: '1'.repeat(32) as StoreId,
    name: 'server-1',
    address: '',
    incarnation: 1,
    generation: 1,
    settledGeneration: 1,
    position: 0,
    retiring: false,
    enrolledMs: 0,
    ...about,
  };
}
