import type { ChunkId, StoreId } from '@holdfast/contracts';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';

/**
 * Chunks that stores may have and that the directory never heard of: of writes that failed or were
 * given up. They wait here until each store has deleted them, or they turn out to be referred to;
 * those for which there is no room are found when their store is looked through, which then is soon.
 */
export class Strays {
  readonly #live: () => readonly { readonly store: StoreId }[];
  readonly #byStore = new Map<StoreId, Map<string, ChunkId>>();
  readonly #unnoted = new Set<StoreId>();

  /** `live` are the servers now. Others are looked through when they are back. */
  constructor(live: () => readonly { readonly store: StoreId }[]) {
    this.#live = live;
  }

  /** Any store may have it. */
  noteEverywhere(chunk: ChunkId): void {
    for (const { store } of this.#live()) this.note(store, [chunk]);
  }

  note(store: StoreId, chunks: readonly ChunkId[]): void {
    const known = this.#byStore.get(store) ?? new Map<string, ChunkId>();
    this.#byStore.set(store, known);
    for (const { file, hash } of chunks) {
      if (known.size < LIMITS.strayChunks) known.set(file + hash, { file, hash });
      else this.#unnoted.add(store);
    }
  }

  on(store: StoreId): readonly ChunkId[] {
    return [...(this.#byStore.get(store)?.values() ?? [])];
  }

  /** They are gone from the store, or are no strays. */
  forget(store: StoreId, chunks: readonly ChunkId[]): void {
    const known = this.#byStore.get(store);
    for (const { file, hash } of chunks) known?.delete(file + hash);
  }

  /** Whether the store should be looked through soon. */
  hasUnnoted(store: StoreId): boolean {
    return this.#unnoted.has(store);
  }

  /** All that is on the store from before now is going to be looked at. */
  lookingThrough(store: StoreId): void {
    this.#unnoted.delete(store);
  }
}
