import type { Stats } from 'node:fs';
import { lstat, stat } from 'node:fs/promises';
import { HoldfastError, type ErrorCode } from '@holdfast/contracts';
import { safeText } from '../display/safe-text.ts';
import { localError } from './local-error.ts';

/** What is at a local path that is to be sent; says why where there is nothing to send. */
export async function lookAtSource(path: string): Promise<Stats> {
  try {
    return await stat(path);
  } catch (cause) {
    const link = await lstat(path).catch(() => undefined);
    if (link?.isSymbolicLink() && (cause as NodeJS.ErrnoException).code === 'ENOENT') {
      throw unsendable('not-found', `${safeText(path)} is a link that leads nowhere.`, path);
    }
    // A pattern may have found it: bytes that are no UTF-8 have become this character.
    if (!link && path.includes('\uFFFD')) {
      throw unsendable(
        'invalid-argument',
        `The name of ${safeText(path)} is not valid UTF-8. Rename it.`,
        path,
      );
    }
    throw localError(cause, 'read', path);
  }
}

function unsendable(code: ErrorCode, message: string, localPath: string): HoldfastError {
  return new HoldfastError(code, message, { details: { localPath } });
}
