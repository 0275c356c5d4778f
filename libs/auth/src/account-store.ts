import { HoldfastError, type ReadTransaction, type WriteTransaction } from '@holdfast/contracts';
import { AUTH_LIMITS } from './limits.ts';
import { endLoginsOf } from './logins.ts';
import { accounts, administrators, type AccountRow } from './tables.ts';

export async function addAccount(
  tx: WriteTransaction,
  user: string,
  { admin, encoded }: Pick<AccountRow, 'admin' | 'encoded'>,
): Promise<void> {
  if ((await tx.get(accounts, user)) !== undefined) {
    throw new HoldfastError('already-exists', `There is a user "${user}" already.`);
  }
  if ((await listAccounts(tx)).length >= AUTH_LIMITS.users) {
    throw new HoldfastError('limit-exceeded', `There are ${AUTH_LIMITS.users} users, the most.`);
  }
  tx.put(accounts, { admin, encoded, createdMs: tx.nowMs }, user);
  if (admin) tx.put(administrators, {}, user);
}

/** Removes an account and its logins; returns these. */
export async function removeAccount(
  tx: WriteTransaction,
  user: string,
): Promise<readonly string[]> {
  const { admin } = await getAccount(tx, user);
  if (admin && (await tx.range(administrators, { prefix: [], limit: 2 })).length < 2) {
    throw new HoldfastError(
      'invalid-argument',
      `"${user}" is the last administrator: make another one first.`,
    );
  }
  tx.delete(accounts, user);
  tx.delete(administrators, user);
  return await endLoginsOf(tx, user);
}

/** `not-found` if there is no such account. */
export async function getAccount(tx: ReadTransaction, user: string): Promise<AccountRow> {
  const account = await tx.get(accounts, user);
  if (account !== undefined) return account;
  throw new HoldfastError('not-found', `There is no user "${user}".`);
}

/** All accounts, by name. */
export async function listAccounts(
  tx: ReadTransaction,
): Promise<readonly (Omit<AccountRow, 'encoded'> & { readonly user: string })[]> {
  const rows = await tx.range(accounts, { prefix: [], limit: AUTH_LIMITS.users });
  return rows.map(({ key: [user], value: { admin, createdMs } }) => ({ user, admin, createdMs }));
}
