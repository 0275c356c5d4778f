import { HoldfastError } from '@holdfast/contracts';
import type { CopyStand, JournalCopy } from './journal-copy.ts';

/** Our journal is empty while there are stores of a directory. */
export function emptyBesides(names: readonly string[]): HoldfastError {
  return new HoldfastError(
    'store-ahead',
    `This frontend's journal is empty, but ${names.join(', ')} ` +
      `${names.length === 1 ? 'holds' : 'hold'} files of a directory. Nothing is served, so that ` +
      'nothing is lost. If its data folder was lost, run `holdfast rebuild`; if another folder was ' +
      'meant, correct the configuration.',
  );
}

/** A store has more than the backup that we were restored from. */
export function olderBackup({ name }: JournalCopy, { tail }: CopyStand): HoldfastError {
  return new HoldfastError(
    'store-ahead',
    `This directory was restored from a backup, and the store of ${name} holds changes up to ` +
      `${tail.number}, which are newer. Nothing is served, so that nothing is lost. Run ` +
      '`holdfast rebuild`, which takes what the file servers hold.',
  );
}

/** A store and we have both gone on from a common past. */
export function diverged(copy: JournalCopy): HoldfastError {
  return new HoldfastError(
    'store-ahead',
    `The store of ${copy.name} holds changes of the directory that this frontend does not have, ` +
      'and lacks others, so it is left out. `holdfast rebuild` takes the newest history that it ' +
      'finds, and sets the other one aside.',
  );
}

/** A store has gone on with a coordinator after us from where we once were. */
export function supplanted({ name }: JournalCopy): HoldfastError {
  return new HoldfastError(
    'store-ahead',
    `The store of ${name} holds a newer history of the directory than this frontend, whose disk ` +
      'was set back. Nothing is served, so that nothing is lost. Run `holdfast rebuild`.',
  );
}

/** A store has all that we have, and more: the local journal always goes first, so ours lost it. */
export function ahead({ name }: JournalCopy, theirs: number, ours: number): HoldfastError {
  return new HoldfastError(
    'store-ahead',
    `The store of ${name} holds changes up to ${theirs}, this frontend only up to ${ours}: its ` +
      'disk was set back. Nothing more is served. Restart the frontend while all file servers ' +
      'run; it then takes over what they hold.',
  );
}

/** The same of a store whose copy is damaged, so that nothing can be taken over from it. */
export function wasAhead({ name }: JournalCopy, { lost }: CopyStand, ours: number): HoldfastError {
  return new HoldfastError(
    'store-ahead',
    `The store of ${name} held changes up to ${lost?.number ?? 0} before its copy of the journal was ` +
      `damaged, this frontend only up to ${ours}: its disk was set back. Nothing more is served. ` +
      'Restart the frontend while all file servers run; it then takes over what they hold.',
  );
}

/** A store was commanded by a coordinator after us. */
export function outranked({ name }: JournalCopy, theirs: number, ours: number): HoldfastError {
  return new HoldfastError(
    'stale-epoch',
    `The store of ${name} was commanded in epoch ${theirs}, this frontend is in epoch ${ours}: ` +
      "another one coordinates, or this one's disk was set back. Restart this frontend if no " +
      'other one runs.',
  );
}
