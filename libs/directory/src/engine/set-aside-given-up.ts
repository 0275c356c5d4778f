import { EMPTY_TAIL, type Journal, lineageOf } from '@holdfast/contracts';
import { type CopyRelation, compareCopy, compareLost } from './compare-copy.ts';
import type { CopyStand, JournalCopy } from './journal-copy.ts';

/**
 * A copy that went on beyond where a rebuild began a new lineage has changes that were given up:
 * they are set aside on its store, which then joins like one that is new (§P11). Any other stays as
 * it is.
 */
export async function setAsideGivenUp(
  copy: JournalCopy,
  stand: CopyStand,
  { journal, epoch }: { journal: Journal; epoch: number },
): Promise<CopyStand> {
  const isOlder = ({ epoch: its }: { readonly epoch: number }): boolean =>
    lineageOf(its) < lineageOf(epoch);
  const { tail, lost } = stand;
  const givenUp =
    (isOlder(tail) && isGivenUp(await compareCopy(journal, copy, tail))) ||
    // What is damaged cannot be looked into: then what may be in it counts.
    (lost && isOlder(lost) && (await compareLost(journal, lost)) !== 'prefix');
  if (!givenUp) return stand;
  await copy.begin(epoch, EMPTY_TAIL, { keep: true });
  return { tail: EMPTY_TAIL, epoch };
}

function isGivenUp(relation: CopyRelation): boolean {
  return relation === 'diverged' || relation === 'behind';
}
