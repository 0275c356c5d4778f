import { HoldfastError, type ErrorCode } from '@holdfast/contracts';
import { safeText } from '../display/safe-text.ts';

const CODES: Readonly<Record<string, readonly [ErrorCode, string]>> = {
  ENOENT: ['not-found', 'there is no such file or folder on this computer'],
  EACCES: ['forbidden', 'you may not; check its permissions on this computer'],
  EPERM: ['forbidden', 'you may not; check its permissions on this computer'],
  EROFS: ['forbidden', 'the local disk is read-only'],
  EEXIST: ['already-exists', 'it is there already'],
  EISDIR: ['is-a-folder', 'it is a folder; use -r for folders'],
  ENOTDIR: ['not-a-folder', 'a part of the path is not a folder'],
  ENOTEMPTY: ['not-empty', 'the folder is not empty'],
  ENOTSUP: ['forbidden', 'its file system does not take that'],
  ENOSPC: ['local-disk-full', 'the local disk is full; make room and try again'],
  EDQUOT: ['local-disk-full', 'your quota on the local disk is used up'],
  EFBIG: ['local-disk-full', 'the local file system takes no file of this size'],
  ENAMETOOLONG: ['invalid-argument', 'the name is too long for the local file system'],
  ELOOP: ['invalid-argument', 'its symbolic links lead in a circle'],
  EMFILE: ['limit-exceeded', 'too many files are open'],
  EIO: ['internal', 'the local disk has an error; look at the log of its system'],
};

/** What went wrong on this computer, as an error of ours: `Cannot read /a: …`. */
export function localError(cause: unknown, action: string, path: string): HoldfastError {
  if (cause instanceof HoldfastError) return cause;
  const { code, message } = cause as NodeJS.ErrnoException;
  const [ours, why] = CODES[code ?? ''] ?? ['internal', message];
  return new HoldfastError(ours, `Cannot ${action} ${safeText(path)}: ${why}.`, {
    cause,
    details: { localPath: path },
  });
}

/** An error of a file of this computer that no command expected is still no defect. */
export function ofThisComputer(error: unknown): unknown {
  const isOfFile = error instanceof Error && 'syscall' in error && 'path' in error;
  return isOfFile ? localError(error, 'use', String(error.path)) : error;
}

/** Runs `task`; what fails in it on this computer becomes an error of ours. */
export async function withLocalErrors<T>(
  action: string,
  path: string,
  task: () => Promise<T>,
): Promise<T> {
  try {
    return await task();
  } catch (cause) {
    const isSystemError = cause instanceof Error && 'syscall' in cause;
    throw isSystemError ? localError(cause, action, path) : cause;
  }
}
