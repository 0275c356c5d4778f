import type { HoldfastError, Journal } from '@holdfast/contracts';
import { type CopyRelation, compareCopy, compareLost } from './compare-copy.ts';
import { ahead, diverged, outranked, supplanted, wasAhead } from './copy-faults.ts';
import type { CopyStand, JournalCopy } from './journal-copy.ts';

/** Whether a copy may join a coordinator that serves already. */
export interface CopyVerdict {
  /** Why it may not. */
  readonly fault?: HoldfastError;
  /** Why the coordinator must stop: the copy proves that it is not the right one any more. */
  readonly stop?: HoldfastError;
}

/** A store that registers while we serve must be where our journal was or is. */
export async function judgeCopy(
  journal: Journal,
  copy: JournalCopy,
  { stand, epoch }: { stand: CopyStand; epoch: number },
): Promise<CopyVerdict> {
  if (stand.epoch > epoch) return stop(outranked(copy, stand.epoch, epoch));
  const lost = stand.lost && (await compareLost(journal, stand.lost));
  if (lost === 'ahead') return stop(wasAhead(copy, stand, journal.tail.number));
  const relation = await compareCopy(journal, copy, stand.tail);
  switch (worse(relation, lost)) {
    case 'prefix':
    case 'behind':
      return {};
    case 'diverged':
      return { fault: diverged(copy) };
    case 'ahead':
      return stop(ahead(copy, stand.tail.number, journal.tail.number));
    case 'supplanting':
      return stop(supplanted(copy));
  }
}

function worse(relation: CopyRelation, lost: CopyRelation = 'prefix'): CopyRelation {
  return lost === 'prefix' ? relation : lost;
}

function stop(fault: HoldfastError): CopyVerdict {
  return { fault, stop: fault };
}
