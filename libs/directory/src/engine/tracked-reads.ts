import type { Awaitable, MapEntry, MapRange } from '@holdfast/contracts';
import type { Commit } from './commit.ts';
import { decodeCounter } from './counter-value.ts';
import type { DecodingMap } from './decoding-map.ts';
import type { KeyWrite } from './key-write.ts';
import { engineKey, keyText } from './keys.ts';
import { mergeRange } from './merge-range.ts';
import type { Overlay } from './overlay.ts';
import type { Reading, RecentWrites } from './recent-writes.ts';
import type { StateReader } from './state-reader.ts';

export interface ReadableState {
  readonly map: DecodingMap;
  readonly overlay: Overlay<Commit>;
  /** The number of the newest commit that is to be seen at this moment. */
  readonly horizon: () => number;
  /** Told of each commit at the moment that it is within the horizon. */
  readonly recent: RecentWrites;
}

interface RangeRead {
  from: string;
  to: string;
  readonly stamp: number;
}

/**
 * Reads a state that goes on changing, and knows afterwards whether all that was read still held at
 * one moment. Each single read sees the state at the moment of its call.
 */
export class TrackedReads implements StateReader, Disposable {
  readonly #state: ReadableState;
  readonly #reading: Reading;
  readonly #keys: string[] = [];
  /** When each of the keys was read. */
  readonly #stamps: number[] = [];
  readonly #ranges: RangeRead[] = [];
  #newest: Commit | undefined;

  constructor(state: ReadableState) {
    this.#state = state;
    this.#reading = state.recent.begin();
  }

  /** The newest commit that something was read from; it may not be durable yet. */
  get newest(): Commit | undefined {
    return this.#newest;
  }

  get<V>(text: string, decode: (bytes: Uint8Array) => V): Awaitable<V | undefined> {
    const { map, overlay, horizon, recent } = this.#state;
    this.#keys.push(text);
    this.#stamps.push(recent.stamp);
    const version = overlay.get(text, horizon());
    if (!version) return map.read(text, decode);
    this.#dependOn(version.commit);
    return version.write.read(decode);
  }

  range(range: MapRange): Awaitable<MapEntry[]> {
    const { map, overlay, horizon, recent } = this.#state;
    const read = { from: keyText(range.from), to: keyText(range.to), stamp: recent.stamp };
    this.#ranges.push(read);
    const versions = overlay.inside(read.from, read.to, horizon());
    const writes = new Map<string, KeyWrite>();
    for (const [text, { commit, write }] of versions) {
      this.#dependOn(commit);
      writes.set(text, write);
    }
    const found = mergeRange(writes, range, (wider) => map.range(wider));
    if (found instanceof Promise) return found.then((entries) => narrow(read, range, entries));
    return narrow(read, range, found);
  }

  async counter(name: string): Promise<number> {
    const { map, overlay, horizon } = this.#state;
    const { settled, added } = overlay.counter(name, horizon());
    const stored = await map.get(engineKey('counter', name));
    return (settled ?? decodeCounter(stored).value) + added;
  }

  /** Whether anything that was read has another value now. */
  changed(): boolean {
    const { recent } = this.#state;
    if (recent.stamp === this.#reading.since) return false;
    if (this.#keys.some((key, i) => recent.keyChanged(key, this.#stamps[i] ?? 0))) return true;
    return this.#ranges.some(({ from, to, stamp }) => recent.rangeChanged(from, to, stamp));
  }

  [Symbol.dispose](): void {
    this.#state.recent.end(this.#reading);
  }

  #dependOn(commit: Commit): void {
    if (!this.#newest || commit.number > this.#newest.number) this.#newest = commit;
  }
}

/** Where the limit cut a range short, what lies beyond was not read. */
function narrow(read: RangeRead, range: MapRange, entries: MapEntry[]): MapEntry[] {
  const last = entries.at(-1);
  if (last && entries.length >= range.limit) {
    if (range.reverse) read.from = keyText(last[0]);
    else read.to = `${keyText(last[0])}\0`;
  }
  return entries;
}
