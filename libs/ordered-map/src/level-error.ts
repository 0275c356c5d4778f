import { HoldfastError } from '@holdfast/contracts';

/** What LevelDB's error means to us, for the map in `folder`. */
export function levelError(error: unknown, folder: string): HoldfastError {
  if (error instanceof HoldfastError) return error;
  const cause = innermost(error);
  const message = cause instanceof Error ? cause.message : String(cause);
  switch (codeOf(cause)) {
    case 'LEVEL_LOCKED':
      return new HoldfastError(
        'unavailable',
        `The ordered map in ${folder} is in use by another process. Stop that one first.`,
        { cause: error },
      );
    case 'LEVEL_CORRUPTION':
      return new HoldfastError(
        'damaged',
        `The ordered map in ${folder} is damaged: ${message}. It can be rebuilt from the journal.`,
        { cause: error },
      );
    default:
      return /no space left/i.test(message)
        ? new HoldfastError(
            'no-space',
            `There is no space left for the ordered map in ${folder}. Free some space there.`,
            { cause: error },
          )
        : new HoldfastError('unavailable', `The ordered map in ${folder} failed: ${message}.`, {
            cause: error,
          });
  }
}

/** The error that others were wrapped around: LevelDB says only there what went wrong. */
function innermost(error: unknown): unknown {
  let inner = error;
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause;
  return inner;
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined;
}
