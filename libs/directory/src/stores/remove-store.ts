import {
  type CallNumber,
  type ChunkId,
  DATA_LIMITS,
  type StoreId,
  type WriteTransaction,
} from '@holdfast/contracts';
import { dropHolders, dropSpareHolders } from '../copies/drop-holders.ts';
import { chunksOn } from '../copies/chunks-on.ts';
import { placements, setPlacement } from '../copies/set-placement.ts';
import type { Departure } from '../directory.ts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import type { DirectoryParts } from '../parts.ts';
import { storePositions, stores } from '../tables/stores.ts';
import { noteDeparture } from './departed.ts';
import { endDoubt } from './stores.ts';

/**
 * Forgets the copies of a store that is leaving, while it still has them: no commit counts on it any
 * more, and each step of this one fails that would forget a last copy.
 */
export async function emptyStore(parts: DirectoryParts, store: StoreId): Promise<void> {
  await leavePlacements(parts, store);
  await forgetCopies(parts, store, dropSpareHolders);
}

/**
 * Takes a store out of all placements, forgets its copies, and at last the store itself. Its departure
 * is on record first: from then on no commit names it as a holder, so none is left when its copies are
 * forgotten, and after an interruption it is called again. The others count as not placed for, so that
 * files that lack a store now are given another.
 */
export async function removeStore(
  parts: DirectoryParts,
  { store, how }: { readonly store: StoreId; readonly how: Departure },
  call?: CallNumber,
): Promise<void> {
  await parts.runner.transact(async (tx) => {
    const known = await tx.get(stores, store);
    if (!known) return;
    tx.put(stores, { ...known, retiring: true, leaving: true }, store);
    await noteDeparture(tx, { store, name: known.name, how, leftMs: Math.floor(tx.nowMs) });
  }, call);
  await leavePlacements(parts, store);
  await forgetCopies(parts, store);
  await parts.runner.transact(async (tx) => {
    tx.delete(stores, store);
    tx.delete(storePositions, store);
    await endDoubt(tx, store);
    await placeAnew(tx, store);
  });
}

/** Files that lost a store may have another one in its place: all are to be walked over again. */
async function placeAnew(tx: WriteTransaction, without: StoreId): Promise<void> {
  const rows = await tx.range(stores, { prefix: [], limit: DATA_LIMITS.rosterStores });
  for (const { key, value } of rows) {
    const { placedFor, ...unplaced } = value;
    if (key[0] !== without && placedFor !== undefined) tx.put(stores, unplaced, key[0]);
  }
}

async function forgetCopies(
  parts: DirectoryParts,
  store: StoreId,
  drop: typeof dropHolders = dropHolders,
): Promise<void> {
  const limit = DIRECTORY_LIMITS.commitChunks;
  for (let after: ChunkId | undefined, more = true; more;) {
    const held = await chunksOn(parts, store, after, limit);
    await drop(parts, store, held);
    after = held.at(-1);
    more = held.length === limit;
  }
}

async function leavePlacements(parts: DirectoryParts, store: StoreId): Promise<void> {
  const limit = DIRECTORY_LIMITS.walkEntries;
  for (let more = true, after: Parameters<typeof placements>[1]; more;) {
    const page = await placements(parts, after, limit);
    for (const { file, placement } of page) {
      if (!placement.stores.includes(store)) continue;
      const rest = placement.stores.filter((other) => other !== store);
      await setPlacement(parts, file, { ...placement, stores: rest });
    }
    more = page.length === limit;
    after = page.at(-1)?.file;
  }
}
