import { HoldfastError } from '@holdfast/contracts';
import { DiskError } from '@holdfast/kernel';

export function isNoSpace(error: unknown): boolean {
  return error instanceof DiskError && error.code === 'no-space';
}

export function fullDisk(cause: unknown): HoldfastError {
  return new HoldfastError(
    'no-space',
    'The disk of the journal is full. Nothing was changed; free some space and try again.',
    { cause },
  );
}

export function poisoned(folder: string, cause: unknown): HoldfastError {
  const what = cause instanceof Error ? cause.message : String(cause);
  return new HoldfastError(
    'poisoned',
    `The journal in ${folder} takes no more records, because its disk failed (${what}). ` +
      'Check the disk, then start this part again.',
    { cause },
  );
}

export function beginsLater(from: number, first: number): HoldfastError {
  return new HoldfastError(
    'not-found',
    `Record ${from} is not in this journal, which begins with record ${first}.`,
    { details: { from, first } },
  );
}
