import type { FileId, StoreId } from '@holdfast/contracts';
import type { Directory, FilePlacement, StoreRecord } from '@holdfast/directory';
import type { Placement } from '@holdfast/placement';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { placementCandidates } from './file-placer.ts';
import type { Members } from './members.ts';

export interface PlacementKeeperOptions {
  readonly directory: Directory;
  readonly members: Members;
  readonly placement: Placement;
  readonly wantRepair: () => void;
}

/**
 * Gives files other stores where the roster changed: those that have fewer than they ask for when a
 * store joins, and those of a store that retires. Repair then moves the bytes (§P6).
 */
export class PlacementKeeper {
  readonly #options: PlacementKeeperOptions;

  constructor(options: PlacementKeeperOptions) {
    this.#options = options;
  }

  /** Walks over all files if a store joined or began to retire since the last walk. */
  async round(): Promise<void> {
    const { directory, wantRepair } = this.#options;
    const unplaced = (await directory.stores()).filter((record) => !isPlaced(record));
    if (unplaced.length === 0) return;
    await this.#walk();
    for (const { store, retiring } of unplaced) {
      // The walk took its time: whatever else is known of the store now stays as it is.
      await directory.changeStore(store, (known) =>
        known.retiring === retiring
          ? { ...known, placedFor: retiring ? 'retiring' : 'serving' }
          : undefined,
      );
    }
    wantRepair();
  }

  async #walk(): Promise<void> {
    const { directory } = this.#options;
    let after: FileId | undefined;
    for (;;) {
      const page = await directory.placements(after, LIMITS.inventoryBatch);
      for (const { file, placement } of page) {
        const stores = this.#storesFor(file, placement);
        if (!sameStores(stores, placement.stores)) {
          await directory.setPlacement(file, { ...placement, stores });
        }
      }
      after = page.at(-1)?.file;
      if (after === undefined || page.length < LIMITS.inventoryBatch) return;
    }
  }

  #storesFor(file: FileId, { copies, stores: kept }: FilePlacement): readonly StoreId[] {
    const candidates = placementCandidates(this.#options.members);
    return this.#options.placement.choose({ file, copies, candidates, kept });
  }
}

function isPlaced({ placedFor, retiring }: StoreRecord): boolean {
  return placedFor === (retiring ? 'retiring' : 'serving');
}

function sameStores(a: readonly StoreId[], b: readonly StoreId[]): boolean {
  return a.length === b.length && a.every((store) => b.includes(store));
}
