import { DiskError, type DiskErrorCode } from '@holdfast/kernel';

const CODES: Readonly<Record<string, DiskErrorCode>> = {
  ENOENT: 'not-found',
  EEXIST: 'exists',
  ENOSPC: 'no-space',
  EDQUOT: 'no-space',
  EROFS: 'read-only',
};

/** What the operating system said about `path`, in the words of the disk port. */
export function diskError(cause: unknown, path: string): DiskError {
  if (cause instanceof DiskError) return cause;
  const errno = errnoOf(cause);
  const message = cause instanceof Error ? cause.message : String(cause);
  return new DiskError(CODES[errno] ?? 'io', path, message, { cause });
}

/** The operating system's name for an error, such as `EINVAL`; empty if it has none. */
export function errnoOf(error: unknown): string {
  if (!(error instanceof Error) || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
