import type { ReadTransaction, StoreId } from '@holdfast/contracts';
import type { DirectoryParts } from '../parts.ts';
import type { Dentry } from '../tables/dentries.ts';
import { files } from '../tables/files.ts';
import { doubtedStores } from '../tables/stores.ts';

/**
 * Entries as they are shown: fewer copies may be shown than there are, never more (§P1). While a store
 * that may have forgotten something is not looked through, no copy counts that it should have. What
 * the directory keeps itself has a copy on each store in view, which has all that is acknowledged.
 */
export async function withCertainCopies(
  tx: ReadTransaction,
  { inView }: DirectoryParts,
  shown: readonly Dentry[],
): Promise<readonly Dentry[]> {
  const doubted = (await tx.get(doubtedStores)) ?? [];
  const copies = inView().filter((store) => !doubted.includes(store)).length;
  const certain = shown.map((dentry) =>
    dentry.inline && copies < dentry.confirmed ? { ...dentry, confirmed: copies } : dentry,
  );
  if (doubted.length === 0) return certain;
  return await Promise.all(certain.map((dentry) => withoutDoubted(tx, dentry, doubted)));
}

async function withoutDoubted(
  tx: ReadTransaction,
  dentry: Dentry,
  doubted: readonly StoreId[],
): Promise<Dentry> {
  if (dentry.kind !== 'file' || dentry.sizeBytes === 0 || dentry.inline) return dentry;
  const wanted = (await tx.get(files, dentry.id))?.placement.stores ?? [];
  const uncertain = wanted.filter((store) => doubted.includes(store)).length;
  return { ...dentry, confirmed: Math.max(0, dentry.confirmed - uncertain) };
}
