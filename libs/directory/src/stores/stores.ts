import {
  type CallNumber,
  DATA_LIMITS,
  HoldfastError,
  type ReadTransaction,
  type StoreId,
  type WriteTransaction,
} from '@holdfast/contracts';
import type { AcknowledgedHolder, Holder, StoreRecord } from '../directory.ts';
import type { DirectoryParts } from '../parts.ts';
import { doubtedStores, storePositions, stores } from '../tables/stores.ts';
import { requireNotDeparted } from './departed.ts';

export async function listStores({ runner }: DirectoryParts): Promise<readonly StoreRecord[]> {
  return await runner.query(async (tx) => {
    const limit = DATA_LIMITS.rosterStores;
    const positions = await tx.range(storePositions, { prefix: [], limit });
    const byStore = new Map(positions.map(({ key, value }) => [key[0], value]));
    const rows = await tx.range(stores, { prefix: [], limit });
    return rows.map(({ key, value }) => ({ ...value, position: byStore.get(key[0]) ?? 0 }));
  });
}

/** Enrols a store or changes its record. A position goes back only with a new generation. */
export async function putStore({ runner }: DirectoryParts, record: StoreRecord): Promise<void> {
  await runner.transact(async (tx) => {
    const known = await tx.get(stores, record.store);
    await requireNotDeparted(tx, record.store);
    if (!known) await requireRoom(tx, record);
    await saveStore(tx, known, record);
  });
}

/**
 * Changes what is known of an enrolled store now: `change` sees the record that its result replaces,
 * and answers undefined where nothing is to be changed. A store that has left stays away.
 */
export async function changeStore(
  { runner }: DirectoryParts,
  store: StoreId,
  change: (known: StoreRecord) => StoreRecord | undefined,
  call?: CallNumber,
): Promise<void> {
  await runner.transact(async (tx) => {
    const known = await tx.get(stores, store);
    if (!known) return;
    const changed = change({ ...known, position: (await tx.get(storePositions, store)) ?? 0 });
    if (changed) await saveStore(tx, known, changed);
  }, call);
}

async function saveStore(
  tx: WriteTransaction,
  known: Omit<StoreRecord, 'position'> | undefined,
  { position, ...rest }: StoreRecord,
): Promise<void> {
  if (!known || JSON.stringify(known) !== JSON.stringify(rest)) tx.put(stores, rest, rest.store);
  await noteDoubt(tx, rest);
  if (rest.generation === known?.generation) await tx.raise(storePositions, position, rest.store);
  else tx.put(storePositions, position, rest.store);
}

/** From its new generation on until it was looked through, a store may lack what it is said to have. */
async function noteDoubt(
  tx: WriteTransaction,
  { store, generation, settledGeneration = generation }: Omit<StoreRecord, 'position'>,
): Promise<void> {
  if (settledGeneration === generation) return await endDoubt(tx, store);
  const doubted = (await tx.get(doubtedStores)) ?? [];
  if (!doubted.includes(store)) tx.put(doubtedStores, [...doubted, store]);
}

export async function endDoubt(tx: WriteTransaction, store: StoreId): Promise<void> {
  const doubted = (await tx.get(doubtedStores)) ?? [];
  if (!doubted.includes(store)) return;
  tx.put(
    doubtedStores,
    doubted.filter((other) => other !== store),
  );
}

async function requireRoom(tx: ReadTransaction, { name }: StoreRecord): Promise<void> {
  const limit = DATA_LIMITS.rosterStores;
  const enrolled = await tx.range(stores, { prefix: [], limit });
  if (enrolled.length < limit) return;
  throw new HoldfastError(
    'limit-exceeded',
    `The server ${name} cannot be enrolled: there are ${limit} already. Retire one first.`,
  );
}

/**
 * The holders whose store still has the memory that it had when it acknowledged. Others may have
 * forgotten the chunk since, and must not be counted (§P1).
 */
export async function validHolders(
  tx: ReadTransaction,
  holders: readonly Holder[],
): Promise<Holder[]> {
  const valid: Holder[] = [];
  for (const holder of holders) {
    if ((await generationOf(tx, holder.store)) === holder.generation) valid.push(holder);
  }
  return valid;
}

/**
 * The valid ones of `holders`. That they count goes on record together with the positions at which
 * they acknowledged: a store that is behind them later is known to have forgotten (§P1).
 */
export async function admitHolders(
  tx: WriteTransaction,
  holders: readonly AcknowledgedHolder[],
): Promise<Holder[]> {
  const admitted: Holder[] = [];
  for (const { position, ...holder } of holders) {
    if ((await generationOf(tx, holder.store)) !== holder.generation) continue;
    await tx.raise(storePositions, position, holder.store);
    admitted.push(holder);
  }
  return admitted;
}

/**
 * The generation of an enrolled store; undefined for any other, and for one that is about to be
 * removed: what is committed from then on must not rest on it (§P1).
 */
export async function generationOf(
  tx: ReadTransaction,
  store: StoreId,
): Promise<number | undefined> {
  const known = await tx.get(stores, store);
  return known?.leaving ? undefined : known?.generation;
}

/** Those of `chosen` that are enrolled and stay. */
export async function enrolledOf(
  tx: ReadTransaction,
  chosen: readonly StoreId[],
): Promise<StoreId[]> {
  const enrolled: StoreId[] = [];
  for (const store of chosen) {
    if ((await generationOf(tx, store)) !== undefined) enrolled.push(store);
  }
  return enrolled;
}
