import type { ReadTransaction, StoreId } from '@holdfast/contracts';
import type { Dentry } from '../tables/dentries.ts';
import { files } from '../tables/files.ts';
import { doubtedStores } from '../tables/stores.ts';

/**
 * Entries as they are shown. While a store that may have forgotten something is not looked through,
 * no copy counts that it should have: fewer may be shown than there are, never more (§P1).
 */
export async function withCertainCopies(
  tx: ReadTransaction,
  shown: readonly Dentry[],
): Promise<readonly Dentry[]> {
  const doubted = (await tx.get(doubtedStores)) ?? [];
  if (doubted.length === 0) return shown;
  return await Promise.all(shown.map((dentry) => withoutDoubted(tx, dentry, doubted)));
}

async function withoutDoubted(
  tx: ReadTransaction,
  dentry: Dentry,
  doubted: readonly StoreId[],
): Promise<Dentry> {
  if (dentry.kind !== 'file' || dentry.sizeBytes === 0) return dentry;
  const wanted = (await tx.get(files, dentry.id))?.placement.stores ?? [];
  const uncertain = wanted.filter((store) => doubted.includes(store)).length;
  return { ...dentry, confirmed: Math.max(0, dentry.confirmed - uncertain) };
}
