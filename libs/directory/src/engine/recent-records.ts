import { DATA_LIMITS, type Journal, type JournalRecord, recordBytes } from '@holdfast/contracts';
import { ENGINE_LIMITS } from './limits.ts';

/** The records of the local journal that are durable there, the newest of them in memory. */
export class RecentRecords {
  readonly #journal: Journal;
  #records: JournalRecord[] = [];
  #bytes = 0;
  #last = 0;

  constructor(journal: Journal) {
    this.#journal = journal;
    this.restart();
  }

  /** The number of the newest durable record. */
  get last(): number {
    return this.#last;
  }

  /** Begins anew from where the journal is now. */
  restart(): void {
    this.#records = [];
    this.#bytes = 0;
    this.#last = this.#journal.tail.number;
  }

  push(records: readonly JournalRecord[]): void {
    for (const record of records) {
      this.#records.push(record);
      this.#bytes += recordBytes(record);
      this.#last = record.number;
    }
    let dropped = 0;
    while (this.#bytes > ENGINE_LIMITS.recentRecordBytes) {
      const oldest = this.#records[dropped++];
      if (!oldest) break;
      this.#bytes -= recordBytes(oldest);
    }
    if (dropped > 0) this.#records.splice(0, dropped);
  }

  /** Durable records from `from` on, as many as fit into one message to a store. */
  async take(from: number): Promise<JournalRecord[]> {
    const first = this.#records[0]?.number ?? Number.POSITIVE_INFINITY;
    const records =
      from >= first
        ? this.#records.slice(from - first, from - first + DATA_LIMITS.journalBatchRecords)
        : await this.#journal.read(from, ENGINE_LIMITS.readBytes);
    return oneMessage(records.filter(({ number }) => number <= this.#last));
  }
}

function oneMessage(records: readonly JournalRecord[]): JournalRecord[] {
  const message: JournalRecord[] = [];
  let bytes = 0;
  for (const record of records) {
    bytes += recordBytes(record);
    if (bytes > DATA_LIMITS.journalBatchBytes) break;
    message.push(record);
    if (message.length === DATA_LIMITS.journalBatchRecords) break;
  }
  return message;
}
