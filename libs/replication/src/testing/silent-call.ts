import { CALL_LIMITS, type CallOptions, HoldfastError } from '@holdfast/contracts';
import { type Clock, sleep } from '@holdfast/kernel';

/** A call that nobody answers: it fails when its caller, or else its contract, gives it up. */
export function silentCall(
  clock: Clock,
): (params: unknown, options?: CallOptions) => Promise<never> {
  return async (_, { timeoutMs = CALL_LIMITS.storeMs, signal } = {}) => {
    await sleep(clock, timeoutMs, signal);
    throw new HoldfastError('timeout', 'No answer came.');
  };
}
