import { HoldfastError, isHoldfastError } from '@holdfast/contracts';
import { DiskError } from '@holdfast/kernel';

/** Whether the disk, or the store on its behalf, said that it is full. */
export function isNoSpace(error: unknown): boolean {
  if (error instanceof DiskError) return error.code === 'no-space';
  return isHoldfastError(error, 'no-space');
}

export function fullDisk(cause?: unknown): HoldfastError {
  return new HoldfastError(
    'no-space',
    'The disk of the chunk store is full. Reads and deletes go on; free some space on it.',
    { cause },
  );
}

export function poisonedStore(folder: string, cause: unknown): HoldfastError {
  const what = cause instanceof Error ? cause.message : String(cause);
  return new HoldfastError(
    'poisoned',
    `The chunk store in ${folder} takes no more writes, because its disk failed (${what}). Reads ` +
      'go on. Check the disk, then start the file server again.',
    { cause },
  );
}
