import { ERROR_CODES, HoldfastError, isHoldfastError } from '@holdfast/contracts';

/** Says of what stopped a transfer in its course that nothing of it is left behind. */
export function transferFailed(error: unknown): unknown {
  if (!isHoldfastError(error)) return error;
  const { exit } = ERROR_CODES[error.code];
  const inItsCourse =
    exit === 'unavailable' ||
    exit === 'damaged' ||
    error.code === 'upload-gone' ||
    error.code === 'local-disk-full';
  if (!inItsCourse) return error;
  const { code, message, details, correlationId } = error;
  const told = `Transfer failed, and nothing was left half done. ${message}`;
  return new HoldfastError(code, told, { cause: error, details, correlationId });
}
