import type { ChunkId, StoreId } from '@holdfast/contracts';
import type { Directory, GarbageChunk } from '@holdfast/directory';
import { reached } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { Inventory } from './inventory.ts';
import type { Members } from './members.ts';
import type { Strays } from './strays.ts';

/** Gives back the space of what expired, in bounded steps, and only where nothing can need it. */
export class Collector {
  readonly #directory: Directory;
  readonly #members: Members;
  readonly #inventory: Inventory;
  readonly #strays: Strays;

  constructor(directory: Directory, members: Members, inventory: Inventory, strays: Strays) {
    this.#directory = directory;
    this.#members = members;
    this.#inventory = inventory;
    this.#strays = strays;
  }

  /** One round; true if it ended at its bound and there is more to do. */
  async round(): Promise<boolean> {
    // Kept versions give way when space runs short, however young they are.
    const trash = this.#isScarce() ? { trashMs: 0 } : {};
    const options = { uploadIdleMs: LIMITS.uploadIdleMs, ...trash };
    let more = true;
    for (let step = 0; more && step < LIMITS.collectSteps; step++) {
      more = await this.#directory.reap(options);
    }
    POINT: reached('collection.reaped');
    for (const { store } of this.#members.live) await this.#deleteStrays(store);
    const garbage = await this.#directory.garbage(LIMITS.garbageRoundChunks);
    const collected = await this.#collect(garbage);
    return more || (garbage.length === LIMITS.garbageRoundChunks && collected > 0);
  }

  #isScarce(): boolean {
    return this.#members.live.some(({ report }) => {
      if (!report) return false;
      const { freeBytes, totalBytes } = report;
      return freeBytes < LIMITS.scarceBytes && freeBytes < LIMITS.scarceShare * totalBytes;
    });
  }

  async #deleteStrays(store: StoreId): Promise<void> {
    const strays = this.#strays.on(store);
    if (strays.length === 0) return;
    const { deleted, referenced } = await this.#inventory.deleteUnreferenced(store, strays);
    this.#strays.forget(store, [...deleted, ...referenced]);
  }

  async #collect(garbage: readonly GarbageChunk[]): Promise<number> {
    let collected = 0;
    const gone = new Map<string, { chunk: ChunkId; stores: StoreId[] }>();
    for (const [store, chunks] of byStore(garbage)) {
      if (!this.#members.find(store)?.live) continue;
      const { deleted } = await this.#inventory.deleteUnreferenced(store, chunks);
      collected += deleted.length;
      for (const chunk of deleted) {
        const key = chunk.file + chunk.hash;
        const entry = gone.get(key) ?? { chunk, stores: [] };
        entry.stores.push(store);
        gone.set(key, entry);
      }
    }
    await this.#forget(garbage, gone);
    return collected;
  }

  async #forget(
    garbage: readonly GarbageChunk[],
    gone: ReadonlyMap<string, { chunk: ChunkId; stores: StoreId[] }>,
  ): Promise<void> {
    for (const { file, hash, stores } of garbage) {
      const deleted = gone.get(file + hash);
      // A chunk that no store has any more is forgotten as well.
      if (deleted || stores.length === 0) {
        await this.#directory.collected({ file, hash }, deleted?.stores ?? []);
        POINT: reached('collection.forgotten');
      }
    }
  }
}

function byStore(garbage: readonly GarbageChunk[]): ReadonlyMap<StoreId, ChunkId[]> {
  const grouped = new Map<StoreId, ChunkId[]>();
  for (const { file, hash, stores } of garbage) {
    for (const store of stores) {
      const chunks = grouped.get(store) ?? [];
      chunks.push({ file, hash });
      grouped.set(store, chunks);
    }
  }
  return grouped;
}
