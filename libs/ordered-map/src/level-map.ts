import { ClassicLevel } from 'classic-level';
import {
  type Awaitable,
  type MapChange,
  type MapEntry,
  type MapRange,
  type OrderedMap,
  isHoldfastError,
} from '@holdfast/contracts';
import { levelError } from './level-error.ts';
import { scan } from './level-scan.ts';
import { ORDERED_MAP_LIMITS } from './limits.ts';
import { type Level, openLevel } from './open-level.ts';
import { openValue, sealValue } from './sealed-value.ts';

export interface LevelMapOptions {
  /**
   * Called before a map that cannot be opened for damage is removed and begun anew, empty. Its
   * owner then finds no applied number in it, and replays the journal.
   */
  readonly onDiscarded?: (damage: Error) => void;
}

/**
 * Opens the ordered map that LevelDB keeps in `folder`, or makes it. Nothing is synced: what a crash
 * loses is replayed from the journal. Rejects with `unavailable` while another process has it open.
 */
export async function levelMap(folder: string, options: LevelMapOptions = {}): Promise<OrderedMap> {
  try {
    return new LevelMap(folder, await openLevel(folder));
  } catch (error) {
    if (!isHoldfastError(error, 'damaged')) throw error;
    options.onDiscarded?.(error);
    await ClassicLevel.destroy(folder);
    return new LevelMap(folder, await openLevel(folder));
  }
}

/** A range without tables, so that compacting it does nothing but empty the memory. */
const BEFORE_ALL_KEYS = Uint8Array.of(0);

class LevelMap implements OrderedMap {
  readonly #folder: string;
  #level: Level;

  constructor(folder: string, level: Level) {
    this.#folder = folder;
    this.#level = level;
  }

  /** Reads in this thread: a value from LevelDB's memory takes less time than changing threads. */
  get(key: Uint8Array): Uint8Array | undefined {
    const sealed = this.#guard(() => this.#level.getSync(key));
    return sealed && openValue(key, sealed);
  }

  getMany(keys: readonly Uint8Array[]): Awaitable<(Uint8Array | undefined)[]> {
    if (keys.length <= ORDERED_MAP_LIMITS.manyInline) return keys.map((key) => this.get(key));
    return this.#getManyBeside(keys);
  }

  async range(range: MapRange): Promise<MapEntry[]> {
    const entries = await this.#guardAsync(() => scan(this.#level, range));
    return entries.map(([key, sealed]) => [key, openValue(key, sealed)]);
  }

  async apply(changes: readonly MapChange[]): Promise<void> {
    const operations = changes.map(({ key, value }) =>
      value === undefined
        ? { type: 'del' as const, key }
        : { type: 'put' as const, key, value: sealValue(key, value) },
    );
    await this.#guardAsync(() => this.#level.batch(operations));
  }

  /**
   * Has LevelDB write its memory into a table, which it syncs. A synced batch would not do: the log
   * before the present one may be neither synced nor in a table yet.
   */
  async persist(): Promise<void> {
    await this.#guardAsync(() => this.#level.compactRange(BEFORE_ALL_KEYS, BEFORE_ALL_KEYS));
  }

  /** Removes the files instead of the keys, so that it works on damaged ones. */
  async clear(): Promise<void> {
    await this.#guardAsync(async () => {
      await this.#level.close();
      await ClassicLevel.destroy(this.#folder);
      this.#level = await openLevel(this.#folder);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#level.close();
  }

  async #getManyBeside(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    const values = await this.#guardAsync(() => this.#level.getMany([...keys]));
    return values.map((sealed, i) => {
      const key = keys[i];
      return sealed && key && openValue(key, sealed);
    });
  }

  #guard<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw levelError(error, this.#folder);
    }
  }

  async #guardAsync<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw levelError(error, this.#folder);
    }
  }
}
