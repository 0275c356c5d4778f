import type { ReadTransaction, WriteTransaction } from '@holdfast/contracts';
import { AUTH_LIMITS } from './limits.ts';
import { accounts, logins, loginsByExpiry, loginsByUser, type LoginRow } from './tables.ts';

/** A login that is good at the moment of the transaction. */
export interface GoodLogin {
  readonly user: string;
  readonly admin: boolean;
  readonly expiresMs: number;
  /** What is left of it. */
  readonly remainingMs: number;
}

/** Finds a login that is good now, wherever it is kept. */
export type FindLogin = (tx: ReadTransaction, login: string) => Promise<GoodLogin | undefined>;

export async function findLogin(
  tx: ReadTransaction,
  login: string,
): Promise<GoodLogin | undefined> {
  const row = await tx.get(logins, login);
  if (row === undefined || row.expiresMs <= tx.nowMs) return undefined;
  const account = await tx.get(accounts, row.user);
  if (account === undefined) return undefined;
  const { user, expiresMs } = row;
  return { user, admin: account.admin, expiresMs, remainingMs: expiresMs - tx.nowMs };
}

/** Opens a login, removes some that have expired, and ends the user's oldest ones beyond the limit; returns these. */
export async function openLogin(
  tx: WriteTransaction,
  login: string,
  user: string,
): Promise<readonly string[]> {
  const createdMs = Math.floor(tx.nowMs);
  const row = { user, createdMs, expiresMs: createdMs + AUTH_LIMITS.loginLifetimeMs };
  await removeExpired(tx);
  const ended = await endLoginsOf(tx, user, { keepNewest: AUTH_LIMITS.loginsPerUser - 1 });
  tx.put(logins, row, login);
  tx.put(loginsByUser, {}, user, createdMs, login);
  tx.put(loginsByExpiry, {}, row.expiresMs, login);
  return ended;
}

export async function endLogin(tx: WriteTransaction, login: string): Promise<void> {
  const row = await tx.get(logins, login);
  if (row !== undefined) remove(tx, login, row);
}

/** Ends logins of a user, but for the one named and the newest ones; returns which. */
export async function endLoginsOf(
  tx: WriteTransaction,
  user: string,
  keep: { readonly login?: string | undefined; readonly keepNewest?: number } = {},
): Promise<readonly string[]> {
  const found = await tx.range(loginsByUser, {
    prefix: [user],
    limit: AUTH_LIMITS.loginsPerUser + 1,
  });
  const ending = found
    .slice(0, Math.max(0, found.length - (keep.keepNewest ?? 0)))
    .map(({ key: [, , login] }) => login)
    .filter((login) => login !== keep.login);
  for (const login of ending) await endLogin(tx, login);
  return ending;
}

async function removeExpired(tx: WriteTransaction): Promise<void> {
  const oldest = await tx.range(loginsByExpiry, { prefix: [], limit: AUTH_LIMITS.expiredPerLogin });
  for (const { key } of oldest) {
    const [expiresMs, login] = key;
    if (expiresMs > tx.nowMs) break;
    await endLogin(tx, login);
  }
}

function remove(tx: WriteTransaction, login: string, row: LoginRow): void {
  tx.delete(logins, login);
  tx.delete(loginsByUser, row.user, row.createdMs, login);
  tx.delete(loginsByExpiry, row.expiresMs, login);
}
