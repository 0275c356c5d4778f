import type { ReadTransaction, StoreId } from '@holdfast/contracts';
import type { JournalHolders } from '../engine/journal-holders.ts';
import type { DirectoryParts } from '../parts.ts';
import type { Dentry } from '../tables/dentries.ts';
import { files } from '../tables/files.ts';
import { doubtedStores } from '../tables/stores.ts';

/**
 * Entries as they are shown: fewer copies may be shown than there are, never more (§P1). While a store
 * that may have forgotten something is not looked through, no copy counts that it should have.
 */
export async function withCertainCopies(
  tx: ReadTransaction,
  { journalHolders }: DirectoryParts,
  shown: readonly Dentry[],
): Promise<readonly Dentry[]> {
  const doubted = (await tx.get(doubtedStores)) ?? [];
  const holders = journalHolders();
  const inView = holders.inView.filter((store) => !doubted.includes(store));
  const isCertain = (dentry: Dentry): boolean =>
    dentry.inline ? dentry.confirmed <= inView.length : doubted.length === 0;
  if (shown.every(isCertain)) return shown;
  return await Promise.all(
    shown.map(async (dentry) => {
      if (isCertain(dentry)) return dentry;
      return dentry.inline
        ? await withJournals(tx, dentry, { inView, left: holders.left, doubted })
        : await withoutDoubted(tx, dentry, doubted);
    }),
  );
}

/**
 * What the directory keeps itself is on all stores in view, and on those of the file that left it with
 * all that there was.
 */
async function withJournals(
  tx: ReadTransaction,
  dentry: Dentry,
  { inView, left, doubted }: JournalHolders & { readonly doubted: readonly StoreId[] },
): Promise<Dentry> {
  const wanted = (await tx.get(files, dentry.id))?.placement.stores ?? [];
  const away = left.filter(
    ({ store, atMs }) =>
      dentry.committedMs < atMs && wanted.includes(store) && !doubted.includes(store),
  );
  return { ...dentry, confirmed: Math.min(dentry.confirmed, inView.length + away.length) };
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
