import {
  EMPTY_TAIL,
  type Hasher,
  HoldfastError,
  type Journal,
  type JournalRecord,
  type JournalResetOptions,
  type JournalTail,
  type QuarantinedJournal,
  continuesChain,
  recordBytes,
  tailOf,
} from '@holdfast/contracts';
import { assert } from '@holdfast/kernel';

/** A journal in memory, where what was appended is as good as synced. */
export class MemoryJournal implements Journal {
  readonly #hasher: Hasher;
  #records: JournalRecord[] = [];
  #base: JournalTail = EMPTY_TAIL;
  /** What resets have set aside. */
  readonly keptRecords: (readonly JournalRecord[])[] = [];
  quarantined: readonly QuarantinedJournal[] = [];
  poisoned: string | undefined;
  /** The number of a record that cannot be read. */
  damagedAt: number | undefined;
  /** Called before each append; what it throws is what the append rejects with. */
  beforeAppend: (records: readonly JournalRecord[], freesSpace: boolean) => void | Promise<void> =
    () => {};

  constructor(hasher: Hasher, records: readonly JournalRecord[] = []) {
    this.#hasher = hasher;
    this.#records = [...records];
  }

  /** The same journal in another process. */
  reopened(): MemoryJournal {
    const journal = new MemoryJournal(this.#hasher, this.#records);
    journal.#base = this.#base;
    journal.quarantined = this.quarantined;
    journal.damagedAt = this.damagedAt;
    return journal;
  }

  get records(): readonly JournalRecord[] {
    return this.#records;
  }

  get tail(): JournalTail {
    const last = this.#records.at(-1);
    return last ? tailOf(last) : this.#base;
  }

  async append(
    records: readonly JournalRecord[],
    options: { readonly freesSpace?: boolean } = {},
  ): Promise<void> {
    await this.beforeAppend(records, options.freesSpace === true);
    for (const record of records) {
      assert(continuesChain(this.#hasher, this.tail, record), 'records continue the chain');
      this.#records.push(record);
    }
  }

  async read(from: number, maxBytes: number): Promise<JournalRecord[]> {
    if (from <= this.#base.number) {
      const { first } = this;
      throw new HoldfastError('not-found', `The journal begins after record ${from}.`, {
        details: { from, first },
      });
    }
    const found: JournalRecord[] = [];
    let bytes = 0;
    for (const record of this.#records.slice(from - this.#base.number - 1)) {
      if (record.number === this.damagedAt)
        throw new HoldfastError('damaged', 'A record is damaged.');
      bytes += record.payload.length;
      if (found.length > 0 && bytes > maxBytes) break;
      found.push(record);
    }
    return found;
  }

  async hashOf(number: number): Promise<Uint8Array | undefined> {
    if (number === this.#base.number) return this.#base.hash;
    return this.#records[number - this.#base.number - 1]?.hash;
  }

  get first(): number {
    return this.#base.number + 1;
  }

  bytesSince(number: number): number {
    const since = this.#records.filter((record) => record.number > number);
    return since.reduce((sum, record) => sum + recordBytes(record), 0);
  }

  async truncate(number: number): Promise<void> {
    while (this.#records.length > 1 && this.first < number) {
      const oldest = this.#records.shift();
      if (oldest) this.#base = tailOf(oldest);
    }
  }

  /** As if each record had a file of its own. */
  async roll(): Promise<void> {}

  get kept(): readonly string[] {
    return this.keptRecords.map((_, i) => `set-aside-${i}`);
  }

  async reset(
    tail: JournalTail,
    { keep = false, damaged = false }: JournalResetOptions = {},
  ): Promise<void> {
    if (keep) this.keptRecords.push(this.#records);
    if (damaged) this.quarantined = [...this.quarantined, { folder: 'damaged', tail: this.tail }];
    this.damagedAt = undefined;
    this.#records = [];
    this.#base = tail;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}
