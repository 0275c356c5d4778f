import type { Journal, JournalTail, LostTail } from './journal.ts';
import { lineageOf } from './lineage.ts';

/**
 * How far a journal once was, where it has been set aside since because it was damaged, and has not
 * come as far again. What it then lacks may have been acknowledged (§P1).
 */
export function lostTail({
  quarantined,
  tail,
}: Pick<Journal, 'quarantined' | 'tail'>): LostTail | undefined {
  const lost = quarantined.map((one) => one.tail).filter((one) => !hasOutgrown(tail, one));
  return lost.reduce<LostTail | undefined>(
    (most, one) => (most && most.number >= one.number ? most : one),
    undefined,
  );
}

/** Whether a journal that ends there has made up for one that was lost: come as far, or begun a new lineage. */
export function hasOutgrown({ epoch, number }: JournalTail, lost: LostTail): boolean {
  return number >= lost.number || lineageOf(epoch) > lineageOf(lost.epoch);
}
