import { type ErrorCode, isHoldfastError } from '@holdfast/contracts';

/** The code that an action is refused with; `done` if it is not. Other errors go through. */
export async function refusedWith(action: Promise<unknown>): Promise<ErrorCode | 'done'> {
  try {
    await action;
    return 'done';
  } catch (error) {
    if (isHoldfastError(error)) return error.code;
    throw error;
  }
}
