import { HoldfastError, type Journal, type JournalRecord } from '@holdfast/contracts';
import { ENGINE_LIMITS } from './limits.ts';

/** What is read of a journal, here or from wherever it is whole. */
export type JournalSource = Pick<Journal, 'tail' | 'first' | 'read' | 'hashOf'>;

/** Records behind number `after` and up to `upTo`, in small steps, since others use this thread. */
export async function* recordsBetween(
  journal: JournalSource,
  after: number,
  upTo: number,
): AsyncGenerator<readonly JournalRecord[]> {
  for (let next = after + 1; next <= upTo;) {
    const read = await journal.read(next, ENGINE_LIMITS.comparedReadBytes);
    const records = read.filter(({ number }) => number <= upTo);
    const last = records.at(-1);
    if (!last) throw new HoldfastError('not-found', `The journal does not have record ${next}.`);
    yield records;
    next = last.number + 1;
  }
}
