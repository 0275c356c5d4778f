import type { ChunkId, StoreId } from '@holdfast/contracts';
import type { Directory, StorePositions } from '@holdfast/directory';
import { reached } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { Flights } from './flights.ts';
import type { Member } from './member.ts';
import type { Members } from './members.ts';
import type { Strays } from './strays.ts';

export interface InventoryOptions {
  readonly directory: Directory;
  readonly members: Members;
  readonly flights: Flights;
  readonly strays: Strays;
  readonly epoch: () => number;
}

/** Compares what a store has with what the directory says, in bounded steps (§P6). */
export class Inventory {
  readonly #options: InventoryOptions;

  constructor(options: InventoryOptions) {
    this.#options = options;
  }

  /**
   * For a store that may have forgotten something: what it has is confirmed under its present
   * generation, what it lacks is no longer said to be there, and strays are deleted.
   */
  async settle(member: Member): Promise<void> {
    await this.#walk(member, async (wanted) => {
      const { store, generation, position } = member;
      const holder = { store, generation, confirmed: true, position };
      await this.#options.directory.addHolders(wanted.map((chunk) => ({ ...chunk, holder })));
    });
    await this.#dropForgotten(member);
  }

  /** Deletes what nobody refers to, such as chunks of writes that never were committed. */
  async sweep(member: Member): Promise<void> {
    await this.#walk(member, async () => {});
  }

  /**
   * Of `chunks` on `store`, deletes those that nothing refers to. The bounds are taken before the
   * question is asked, so that a write that begins or commits meanwhile is never harmed (§P5). Those
   * that are neither deleted nor referred to may be deleted later.
   */
  async deleteUnreferenced(
    store: StoreId,
    chunks: readonly ChunkId[],
  ): Promise<{ readonly deleted: readonly ChunkId[]; readonly referenced: readonly ChunkId[] }> {
    const { directory } = this.#options;
    const upTo = await this.#safePosition(store);
    const referenced = await directory.referenced(chunks);
    const deleted = await this.#deleteStrays(store, withoutChunks(chunks, referenced), upTo);
    return { deleted, referenced };
  }

  async #walk(
    member: Member,
    onPage: (wanted: readonly ChunkId[]) => Promise<void>,
  ): Promise<void> {
    const { directory, strays } = this.#options;
    let after: ChunkId | undefined;
    strays.lookingThrough(member.store);
    for (;;) {
      const upTo = await this.#safePosition(member.store);
      const { chunks, more } = await member.read((remote) => remote.inventory({ after }));
      const page = chunks.map(({ file, hash }) => ({ file, hash }));
      const wanted = await directory.referenced(page);
      await onPage(wanted);
      const unwanted = withoutChunks(page, wanted);
      const deleted = await this.#deleteStrays(member.store, unwanted, upTo);
      // What a write under way or an open upload may need yet.
      strays.note(member.store, withoutChunks(unwanted, deleted));
      after = page.at(-1);
      if (!more || after === undefined) return;
    }
  }

  async #safePosition(store: StoreId): Promise<number> {
    const { directory, members, flights } = this.#options;
    const positions: StorePositions = members.positions();
    const inFlight = flights.safePosition(store, positions[store] ?? 0, []);
    return flights.safePosition(store, inFlight, await directory.openUploads());
  }

  async #deleteStrays(
    store: StoreId,
    chunks: readonly ChunkId[],
    upTo: number,
  ): Promise<readonly ChunkId[]> {
    const member = this.#options.members.find(store);
    if (!member?.reachable || chunks.length === 0) return [];
    const params = { epoch: this.#options.epoch(), chunks: [...chunks], upTo };
    POINT: reached('collection.decided');
    const { deleted } = await member.write((remote, signal) => remote.delete(params, { signal }));
    POINT: reached('collection.deleted');
    return chunks.filter((_, i) => deleted[i]);
  }

  async #dropForgotten(member: Member): Promise<void> {
    const { directory } = this.#options;
    let after: ChunkId | undefined;
    for (;;) {
      const chunks = await directory.chunksOn(member.store, after, LIMITS.inventoryBatch);
      const forgotten = chunks.filter((chunk) =>
        chunk.holders.some(
          (holder) => holder.store === member.store && holder.generation !== member.generation,
        ),
      );
      if (forgotten.length > 0) await directory.dropHolders(member.store, forgotten);
      after = chunks.at(-1);
      if (after === undefined || chunks.length < LIMITS.inventoryBatch) return;
    }
  }
}

function withoutChunks(
  chunks: readonly ChunkId[],
  without: readonly ChunkId[],
): readonly ChunkId[] {
  const left = new Set(without.map(({ file, hash }) => file + hash));
  return chunks.filter(({ file, hash }) => !left.has(file + hash));
}
