import { visitPayload } from './commit-payload.ts';
import { type CounterValue, decodeCounter } from './counter-value.ts';
import { engineKey, keyText } from './keys.ts';
import { type JournalSource, recordsBetween } from './records-between.ts';
import { recordBytes } from '@holdfast/contracts';

const PREFIX = keyText(engineKey('counter'));

export interface ComparedRange {
  readonly from: string;
  readonly to: string;
  /** The commit up to which the map surely was. */
  readonly number: number;
}

/** Of the counters in one range of keys. */
export interface CounterRange {
  readonly isCounter: (text: string) => boolean;
  /** As the snapshot has it. */
  before(text: string, value: Uint8Array): void;
  /** As the map has it. */
  now(text: string, value: Uint8Array): void;
  /** Resolves with what is wrong, as a sentence. */
  end(): Promise<string | undefined>;
}

/**
 * Compares the counters of the map. One says up to which commit it has counted, so what it must be is
 * what the snapshot has, and what the commits from there on have added.
 */
export class CounterComparison {
  readonly #journal: JournalSource;
  readonly #base: number;
  readonly #onRead: (bytes: number) => Promise<void>;

  constructor(journal: JournalSource, base: number, onRead: (bytes: number) => Promise<void>) {
    this.#journal = journal;
    this.#base = base;
    this.#onRead = onRead;
  }

  begin(range: ComparedRange): CounterRange {
    const before = new Map<string, CounterValue>();
    const now = new Map<string, CounterValue>();
    return {
      isCounter: (text) => text.startsWith(PREFIX),
      before: (text, value) => void before.set(text, decodeCounter(value)),
      now: (text, value) => void now.set(text, decodeCounter(value)),
      end: async () => {
        const isOutside = range.to <= PREFIX || range.from > `${PREFIX}\xff`;
        return isOutside ? undefined : await this.#compare(range, before, now);
      },
    };
  }

  async #compare(
    range: ComparedRange,
    before: ReadonlyMap<string, CounterValue>,
    now: ReadonlyMap<string, CounterValue>,
  ): Promise<string | undefined> {
    const sums = new Map([...before].map(([text, { value }]) => [text, value]));
    for await (const records of recordsBetween(
      this.#journal,
      this.#base,
      this.#journal.tail.number,
    )) {
      for (const { number, payload } of records) {
        const add = (name: string, amount: number): void => {
          const text = keyText(engineKey('counter', name));
          const upTo = now.get(text)?.upTo ?? range.number;
          const isCounted = number > (before.get(text)?.upTo ?? 0) && number <= upTo;
          if (isCounted) sums.set(text, (sums.get(text) ?? 0) + amount);
        };
        visitPayload(payload, { write: () => {}, add });
      }
      await this.#onRead(records.reduce((sum, record) => sum + recordBytes(record), 0));
    }
    for (const text of new Set([...sums.keys(), ...now.keys()])) {
      const isInside = text >= range.from && text < range.to;
      if (isInside && now.get(text)?.value !== (sums.get(text) ?? 0)) {
        return "A counter of the directory's map is not what the journal says.";
      }
    }
    return undefined;
  }
}
