import type { Awaitable, MapEntry, MapRange } from '@holdfast/contracts';
import { assert } from '@holdfast/kernel';
import { KeyWrite } from './key-write.ts';
import { keyText } from './keys.ts';
import { mergeRange } from './merge-range.ts';
import type { StateReader } from './state-reader.ts';

/** An entry that is to have `value` at least. */
export interface Raise {
  /** Its key as `keyText`. */
  readonly text: string;
  readonly value: number;
  readonly encode: (value: number) => Uint8Array;
}

/** What one transaction changes. */
export class WriteSet {
  /** By `keyText`. */
  readonly writes: Map<string, KeyWrite> = new Map();
  /** Of the writes, those that only raise a value; by `keyText`. */
  readonly raises: Map<string, Raise> = new Map();
  /** What is added to each counter. */
  readonly adds: Map<string, number> = new Map();

  get empty(): boolean {
    return this.writes.size === 0 && this.adds.size === 0;
  }

  /** `text`: a key as `keyText`; `value` undefined: it is deleted. */
  set(text: string, value: Uint8Array | undefined): void {
    if (this.raises.size > 0) this.raises.delete(text);
    this.writes.set(text, new KeyWrite(text, value));
  }

  raise(raise: Raise): void {
    const { text, value, encode } = raise;
    const isOwn = this.writes.has(text) && !this.raises.has(text);
    this.writes.set(text, new KeyWrite(text, encode(value)));
    if (!isOwn) this.raises.set(text, raise);
  }

  /** The keys that were written other than by a raise: who has read one of them must read it anew. */
  *decidedKeys(): Iterable<string> {
    for (const text of this.writes.keys()) if (!this.raises.has(text)) yield text;
  }

  add(counter: string, amount: number): void {
    assert(Number.isSafeInteger(amount), 'whole numbers are added to a counter');
    const sum = (this.adds.get(counter) ?? 0) + amount;
    if (sum === 0) this.adds.delete(counter);
    else this.adds.set(counter, sum);
  }

  /** `below` with the changes of this set on top. */
  over(below: StateReader): StateReader {
    return {
      get: (text, decode) => {
        const own = this.writes.size > 0 ? this.writes.get(text) : undefined;
        return own ? own.read(decode) : below.get(text, decode);
      },
      range: (range) => this.#range(below, range),
      counter: async (name) => (await below.counter(name)) + (this.adds.get(name) ?? 0),
    };
  }

  #range(below: StateReader, range: MapRange): Awaitable<MapEntry[]> {
    if (this.writes.size === 0) return below.range(range);
    const from = keyText(range.from);
    const to = keyText(range.to);
    const inside = new Map<string, KeyWrite>();
    for (const [text, write] of this.writes) {
      if (text >= from && text < to) inside.set(text, write);
    }
    return mergeRange(inside, range, (wider) => below.range(wider));
  }
}
