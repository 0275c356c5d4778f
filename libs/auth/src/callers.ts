import {
  HoldfastError,
  type CallContext,
  type Principal,
  type ReadTransaction,
} from '@holdfast/contracts';
import type { FindLogin, GoodLogin } from './logins.ts';

export type UserPrincipal = Extract<Principal, { kind: 'user' }>;

/** The user who calls; `unauthenticated` if nobody is logged in. */
export function callerOf(context: CallContext): UserPrincipal {
  const { principal } = context.session;
  if (principal?.kind === 'user') return principal;
  throw new HoldfastError('unauthenticated', 'Nobody is logged in here: log in first.');
}

/** The caller's login, as it is in this transaction and not as the session remembers it (§P9). */
export async function callersLogin(
  tx: ReadTransaction,
  find: FindLogin,
  context: CallContext,
): Promise<GoodLogin & { readonly login: string }> {
  const { login } = callerOf(context);
  const good = await find(tx, login);
  if (good === undefined) throw loginOver();
  return { ...good, login };
}

/** Rejects with `forbidden` unless the caller is an administrator. */
export async function requireAdministrator(
  tx: ReadTransaction,
  find: FindLogin,
  context: CallContext,
): Promise<void> {
  const { admin } = await callersLogin(tx, find, context);
  if (!admin) throw new HoldfastError('forbidden', 'Only an administrator may do this.');
}

/** The same words whether a login was ended, expired, or never was. */
export function loginOver(): HoldfastError {
  return new HoldfastError('unauthenticated', 'This login is over: log in again.');
}
