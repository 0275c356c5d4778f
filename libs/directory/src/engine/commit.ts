import type { HoldfastError, JournalRecord } from '@holdfast/contracts';
import type { Deferred } from '@holdfast/kernel';
import type { WriteSet } from './write-set.ts';

/** A transaction that has its place in the journal's order, durable or on the way to it. */
export interface Commit {
  readonly number: number;
  readonly record: JournalRecord;
  readonly timeMs: number;
  readonly changes: WriteSet;
  /** It makes room, so that it may be written where there is no space left for others. */
  readonly frees: boolean;
  /**
   * Settles when the commit is visible, or with `CommitAborted` when it came to nothing. Replaced
   * when those who wait are sent away, for those who ask again.
   */
  settled: Deferred<void>;
}

export function numbersOf(commits: readonly Commit[]): number[] {
  return commits.map(({ number }) => number);
}

/** A commit that came to nothing before it was in the journal. */
export class CommitAborted extends Error {
  override readonly name = 'CommitAborted';
  /** What to tell the caller; undefined: the transaction can simply be run again. */
  readonly refusal: HoldfastError | undefined;

  constructor(refusal: HoldfastError | undefined) {
    super('The commit came to nothing');
    this.refusal = refusal;
  }
}
