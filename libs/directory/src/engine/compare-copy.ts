import {
  type Journal,
  type JournalRecord,
  type JournalTail,
  type LostTail,
  isHoldfastError,
} from '@holdfast/contracts';
import { equalBytes } from '@holdfast/kernel';
import type { JournalCopy } from './journal-copy.ts';

/**
 * How a copy's journal relates to ours. `prefix`: it is where ours was or is. `ahead`: it begins with
 * all of ours and goes on. `diverged`: each has records that the other does not, and its are of no
 * newer epoch. `supplanting`: the same, but a coordinator after us wrote them. `behind`: it ends before
 * our journal begins, so it needs a snapshot.
 */
export type CopyRelation = 'prefix' | 'ahead' | 'diverged' | 'supplanting' | 'behind';

export async function compareCopy(
  journal: Journal,
  copy: JournalCopy,
  theirs: JournalTail,
): Promise<CopyRelation> {
  const ours = journal.tail;
  const apart = theirs.epoch > ours.epoch ? 'supplanting' : 'diverged';
  if (theirs.number === 0) return 'prefix';
  if (theirs.number < journal.first - 1) return apart === 'diverged' ? 'behind' : apart;
  if (theirs.number <= ours.number) {
    const hash = await journal.hashOf(theirs.number);
    return hash && equalBytes(hash, theirs.hash) ? 'prefix' : apart;
  }
  if (ours.number === 0) return 'ahead';
  const [record] = await copy.read(ours.number).catch(unlessForgotten);
  if (!record) return theirs.epoch >= ours.epoch ? 'ahead' : 'diverged';
  return equalBytes(record.hash, ours.hash) ? 'ahead' : apart;
}

/**
 * The same for a copy that was damaged and could not be asked any more. `ahead`: it may have had what
 * we lack. Where it does not say which record it ended with, its number decides.
 */
export async function compareLost(journal: Journal, lost: LostTail): Promise<CopyRelation> {
  const ours = journal.tail;
  if (lost.number > ours.number) return 'ahead';
  if (!lost.hash || lost.number < journal.first - 1) return 'prefix';
  const hash = await journal.hashOf(lost.number);
  if (hash && equalBytes(hash, lost.hash)) return 'prefix';
  return lost.epoch > ours.epoch ? 'supplanting' : 'diverged';
}

/** A snapshot stands for the record there: then epochs alone tell. */
function unlessForgotten(error: unknown): JournalRecord[] {
  if (isHoldfastError(error, 'not-found')) return [];
  throw error;
}
