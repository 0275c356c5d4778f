import { type JournalRecord, recordBytes } from '@holdfast/contracts';
import { visitPayload } from './commit-payload.ts';
import { keyText } from './keys.ts';
import { type JournalSource, recordsBetween } from './records-between.ts';

/** What the last commit that wrote a key made of it. */
export interface LastWrite {
  readonly number: number;
  /** Undefined: it was deleted. */
  readonly value: Uint8Array | undefined;
}

export interface OverlayBounds {
  /** Where it begins, as `keyText`. */
  readonly from: string;
  /** The number of the last record that does not count. */
  readonly base: number;
  readonly mostBytes: number;
}

/** Bytes that an entry takes beside its key and value. */
const ENTRY_BYTES = 100;

/**
 * What the records behind a snapshot make of a run of keys: of as many keys from the first one on as
 * fit into a bounded memory, however long the journal is.
 */
export class JournalOverlay {
  readonly #journal: JournalSource;
  readonly #bounds: OverlayBounds;
  readonly #writes = new Map<string, LastWrite>();
  #sorted: readonly string[] = [];
  #at = 0;
  #bytes = 0;
  #to: string | undefined;
  #upTo: number;

  /** Reads the whole journal behind the base. `onRead` is told of each step, and may take its time. */
  static async load(
    journal: JournalSource,
    bounds: OverlayBounds,
    onRead: (bytes: number) => Promise<void>,
  ): Promise<JournalOverlay> {
    const overlay = new JournalOverlay(journal, bounds);
    await overlay.extend(onRead);
    overlay.#sorted = [...overlay.#writes.keys()].sort();
    return overlay;
  }

  private constructor(journal: JournalSource, bounds: OverlayBounds) {
    this.#journal = journal;
    this.#bounds = bounds;
    this.#upTo = bounds.base;
  }

  /** Where the keys end that it knows of; undefined: it knows of all from its first on. */
  get to(): string | undefined {
    return this.#to;
  }

  get(text: string): LastWrite | undefined {
    return this.#writes.get(text);
  }

  /** Takes in what has come since: at once, so that it is not left behind. */
  async extend(onRead?: (bytes: number) => Promise<void>): Promise<void> {
    const upTo = this.#journal.tail.number;
    for await (const records of recordsBetween(this.#journal, this.#upTo, upTo)) {
      for (const record of records) this.#take(record);
      this.#upTo = records.at(-1)?.number ?? this.#upTo;
      await onRead?.(records.reduce((sum, record) => sum + recordBytes(record), 0));
    }
  }

  /**
   * The keys before `to` that were written, but for those that were met for the first time since it
   * was loaded; each is given once, in order.
   */
  *before(to: string): Iterable<readonly [string, LastWrite]> {
    for (;;) {
      const text = this.#sorted[this.#at];
      if (text === undefined || text >= to) return;
      this.#at++;
      const write = this.#writes.get(text);
      if (write) yield [text, write];
    }
  }

  #take({ number, payload }: JournalRecord): void {
    visitPayload(payload, {
      write: (key, value) => this.#note(number, key, value),
      add: () => {},
    });
    while (this.#bytes > this.#bounds.mostBytes && this.#writes.size > 1) this.#giveUpHalf();
  }

  #note(number: number, key: Uint8Array, value: Uint8Array | undefined): void {
    const text = keyText(key);
    if (text < this.#bounds.from || (this.#to !== undefined && text >= this.#to)) return;
    const before = this.#writes.get(text);
    this.#bytes += (value?.length ?? 0) - (before?.value?.length ?? 0);
    if (!before) this.#bytes += 2 * key.length + ENTRY_BYTES;
    // A copy: the record's own bytes would keep all of the record in memory.
    this.#writes.set(text, { number, value: value?.slice() });
  }

  /** The later keys get their turn with another one. */
  #giveUpHalf(): void {
    const texts = [...this.#writes.keys()].sort();
    const rest = texts.slice(Math.ceil(texts.length / 2));
    this.#to = rest[0];
    for (const text of rest) {
      this.#bytes -= (this.#writes.get(text)?.value?.length ?? 0) + 2 * text.length + ENTRY_BYTES;
      this.#writes.delete(text);
    }
  }
}
