import { type CallContext, isHoldfastError } from '@holdfast/contracts';
import type { DirectoryParts } from '../parts.ts';

/** The answer that a numbered call had when it was made before; else rejects with `error`. */
export async function answerBefore<T>(
  { runner }: DirectoryParts,
  { call }: CallContext,
  error: unknown,
): Promise<T> {
  if (!call) throw error;
  try {
    return await runner.transact((): Promise<T> => Promise.reject(error), call);
  } catch (reason) {
    // Then it is not known yet whether the call was made before.
    throw isHoldfastError(reason, 'unavailable') ? reason : error;
  }
}
