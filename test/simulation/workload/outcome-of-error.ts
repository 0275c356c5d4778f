import { type ErrorCode, isHoldfastError } from '@holdfast/contracts';
import type { Operation, Outcome } from '../check/operation.ts';

/** The directory's state is the reason: the checker must find a state in which it is right. */
const REFUSALS: readonly ErrorCode[] = [
  'not-found',
  'already-exists',
  'not-a-folder',
  'is-a-folder',
  'not-empty',
  'version-conflict',
];

/** It has not happened, and will not. */
const WITHOUT_EFFECT: readonly ErrorCode[] = [
  'too-few-copies',
  'read-only',
  'no-space',
  'throttled',
  'limit-exceeded',
  'upload-gone',
  'handle-gone',
];

/** It may have happened, and the answer was lost. */
const LOST_ANSWERS: readonly ErrorCode[] = [
  'timeout',
  'disconnected',
  'unavailable',
  'cancelled',
  'poisoned',
];

/** What an error says about an operation; undefined if no bad day explains it. */
export function outcomeOfError(operation: Operation, error: unknown): Outcome | undefined {
  const looksOnly = ['read', 'stat', 'list'].includes(operation.kind);
  const intoItself = operation.kind === 'rename' && isHoldfastError(error, 'invalid-argument');
  if (intoItself || isHoldfastError(error, ...REFUSALS)) {
    // The file left the path while its bytes were sent: true whatever the directory's state is.
    const kind = error.details['moved'] === true ? 'nothing' : 'refused';
    return { kind, code: error.code };
  }
  if (isHoldfastError(error, ...WITHOUT_EFFECT)) return { kind: 'nothing', code: error.code };
  if (isHoldfastError(error, ...LOST_ANSWERS))
    return looksOnly ? { kind: 'nothing', code: error.code } : { kind: 'unknown' };
  return undefined;
}
