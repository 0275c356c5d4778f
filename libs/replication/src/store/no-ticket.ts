import { HoldfastError } from '@holdfast/contracts';

/** What whoever has no right ticket hears, whether the chunk is there or not. */
export function noTicket(): HoldfastError {
  return new HoldfastError(
    'unauthenticated',
    'This ticket does not open this chunk here, or not any more. Ask the frontend for another one.',
  );
}
