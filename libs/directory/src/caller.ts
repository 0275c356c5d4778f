import { type CallContext, HoldfastError } from '@holdfast/contracts';

/** The user who asks. */
export interface Caller {
  readonly user: string;
  readonly admin: boolean;
}

/** `unauthenticated` unless a user is logged in; parts of the cluster are no users (§P9). */
export function callerOf(context: CallContext): Caller {
  const { principal } = context.session;
  if (principal?.kind === 'user') return principal;
  throw new HoldfastError(
    'unauthenticated',
    'Files are for users only, and nobody is logged in here. Log in first.',
  );
}
