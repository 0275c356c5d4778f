import { HoldfastError, type SnapshotStamp, isHoldfastError } from '@holdfast/contracts';
import { equalBytes, toHex } from '@holdfast/kernel';
import { CounterComparison } from './counter-comparison.ts';
import { JournalOverlay } from './journal-overlay.ts';
import { keyBytes, keyText } from './keys.ts';
import { ENGINE_LIMITS } from './limits.ts';
import { isMark } from './map-keeper.ts';
import type { JournalSource } from './records-between.ts';
import { type PieceSource, SnapshotEntries } from './snapshot-entries.ts';
import type { MapPage } from './walk-map.ts';

export interface ComparisonSources {
  readonly journal: JournalSource;
  readonly pieces: PieceSource;
  /** The snapshot that the journal continues; without one it has everything itself. */
  readonly stamp: SnapshotStamp | undefined;
  /** Told of each step of reading them, and may take its time. */
  readonly onRead: (bytes: number) => Promise<void>;
  /** Bytes of keys and values that are held at once. */
  readonly mostBytes?: number;
}

/** Keys in sentences are cut after so many bytes. */
const SHOWN_KEY_BYTES = 64;

/**
 * Compares the map, as it is walked page by page, with what the snapshot and the journal behind it
 * say. That finds what no checksum of a value can: an entry that is gone, or came back (§P2, §P5).
 *
 * Commits go on meanwhile. What they write is known from the journal, which has all that the map can
 * have; a key that was written since its page began to be read is passed over.
 */
export class MapComparison {
  readonly #sources: ComparisonSources;
  readonly #base: number;
  readonly #entries: SnapshotEntries;
  readonly #counters: CounterComparison;
  #overlay: JournalOverlay | undefined;
  #impossible: string | undefined;

  constructor(sources: ComparisonSources) {
    const { journal, pieces, stamp, onRead } = sources;
    this.#sources = sources;
    this.#base = stamp?.base.number ?? 0;
    this.#entries = new SnapshotEntries(pieces, stamp, onRead);
    this.#counters = new CounterComparison(journal, this.#base, onRead);
    if (!stamp && journal.first > 1) this.#impossible = 'The journal lacks its beginning.';
  }

  /** Why nothing can be said of the map: what it is compared with cannot be read. */
  get impossible(): string | undefined {
    return this.#impossible;
  }

  /** To be called with all pages in their order. Resolves with what is wrong, as a sentence. */
  async check(page: MapPage): Promise<string | undefined> {
    if (this.#impossible !== undefined) return undefined;
    try {
      return await this.#check(page);
    } catch (error) {
      if (!isHoldfastError(error, 'damaged', 'not-found')) throw error;
      this.#impossible = error.message;
      return undefined;
    }
  }

  async #check(page: MapPage): Promise<string | undefined> {
    const found = new Map<string, Uint8Array>();
    for (const [key, value] of page.entries) if (!isMark(key)) found.set(keyText(key), value);
    await this.#overlay?.extend();
    const end = keyText(page.to);
    for (let from = keyText(page.from); from < end;) {
      const overlay = await this.#overlayFrom(from);
      const to = overlay.to !== undefined && overlay.to < end ? overlay.to : end;
      const wrong = await this.#compare(found, overlay, { from, to, number: page.number });
      if (wrong !== undefined) return wrong;
      from = to;
    }
    return undefined;
  }

  /** One that knows of `from`: the next one, where the memory of the last one was full. */
  async #overlayFrom(from: string): Promise<JournalOverlay> {
    const { journal, onRead, mostBytes = ENGINE_LIMITS.comparedBytes } = this.#sources;
    const known = this.#overlay;
    if (known && (known.to === undefined || from < known.to)) return known;
    const bounds = { from, base: this.#base, mostBytes };
    this.#overlay = await JournalOverlay.load(journal, bounds, onRead);
    return this.#overlay;
  }

  async #compare(
    found: Map<string, Uint8Array>,
    overlay: JournalOverlay,
    range: { readonly from: string; readonly to: string; readonly number: number },
  ): Promise<string | undefined> {
    const { to, number } = range;
    const counters = this.#counters.begin(range);
    for (;;) {
      const entry = await this.#entries.next(to);
      if (!entry) break;
      const [text, value] = entry;
      if (counters.isCounter(text)) counters.before(text, value);
      else if (!overlay.get(text)) {
        const wrong = sentenceOf(text, found.get(text), value);
        if (wrong !== undefined) return wrong;
        found.delete(text);
      }
    }
    for (const [text, write] of overlay.before(to)) {
      const wrong = write.number <= number && sentenceOf(text, found.get(text), write.value);
      if (wrong) return wrong;
      found.delete(text);
    }
    for (const [text, value] of found) {
      if (text >= to) break;
      found.delete(text);
      if (counters.isCounter(text)) counters.now(text, value);
      else {
        const write = overlay.get(text);
        const isRecent = write !== undefined && write.number > number;
        const wrong = isRecent ? undefined : sentenceOf(text, value, write?.value);
        if (wrong !== undefined) return wrong;
      }
    }
    return await counters.end();
  }
}

/** What a page that was found wrong is reported with. */
export function mapDamage(sentence: string): HoldfastError {
  return new HoldfastError(
    'damaged',
    `${sentence} It is rebuilt from snapshot and journal. Check the disk of the frontend.`,
  );
}

function sentenceOf(
  text: string,
  found: Uint8Array | undefined,
  expected: Uint8Array | undefined,
): string | undefined {
  if (found && expected && equalBytes(found, expected)) return undefined;
  if (!found && !expected) return undefined;
  const key = toHex(keyBytes(text).subarray(0, SHOWN_KEY_BYTES));
  if (!found) return `The directory's map lacks the entry ${key}, which the journal has.`;
  if (!expected) return `The directory's map has the entry ${key}, which the journal has not.`;
  return `The entry ${key} of the directory's map is not what the journal says.`;
}
