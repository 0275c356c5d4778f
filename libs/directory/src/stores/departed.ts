import {
  HoldfastError,
  type ReadTransaction,
  type StoreId,
  type WriteTransaction,
} from '@holdfast/contracts';
import type { DepartedStore } from '../directory.ts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import type { DirectoryParts } from '../parts.ts';
import { departedStores } from '../tables/stores.ts';

/** All stores that left for good and are still remembered. */
export async function departed({ runner }: DirectoryParts): Promise<readonly DepartedStore[]> {
  return await runner.query(allDeparted);
}

/** Remembers that a store has left; the one that left first gives way. What is known stays. */
export async function noteDeparture(tx: WriteTransaction, store: DepartedStore): Promise<void> {
  if (await tx.get(departedStores, store.store)) return;
  const known = [...(await allDeparted(tx))].sort((a, b) => a.leftMs - b.leftMs);
  const surplus = known.length + 1 - DIRECTORY_LIMITS.departedStores;
  for (const oldest of known.slice(0, Math.max(0, surplus)))
    tx.delete(departedStores, oldest.store);
  tx.put(departedStores, store, store.store);
}

/** Whoever left may have deleted chunks, or missed their deletion: it does not enrol again (§P5). */
export async function requireNotDeparted(tx: ReadTransaction, store: StoreId): Promise<void> {
  const left = await tx.get(departedStores, store);
  if (!left) return;
  throw new HoldfastError('foreign-store', `The store of ${left.name} was ${left.how}.`);
}

async function allDeparted(tx: ReadTransaction): Promise<readonly DepartedStore[]> {
  const rows = await tx.range(departedStores, {
    prefix: [],
    limit: DIRECTORY_LIMITS.departedStores,
  });
  return rows.map(({ value }) => value);
}
