import {
  HoldfastError,
  type CallContext,
  type Implementation,
  type PasswordHasher,
  type TransactionRunner,
  type UsersContract,
  type WriteTransaction,
} from '@holdfast/contracts';
import { checkNewPassword, checkUserName } from './account-rules.ts';
import { addAccount, getAccount, listAccounts, removeAccount } from './account-store.ts';
import { callerOf, callersLogin, requireAdministrator } from './callers.ts';
import type { LiveLogins } from './live-logins.ts';
import type { LoginThrottle } from './login-throttle.ts';
import { endLoginsOf, type FindLogin } from './logins.ts';
import type { PasswordCheck } from './password-check.ts';
import { accounts, type AccountRow } from './tables.ts';
import type { VolatileLogins } from './volatile-logins.ts';

export interface UsersServiceParts {
  readonly runner: TransactionRunner;
  readonly passwords: PasswordHasher;
  readonly passwordCheck: PasswordCheck;
  readonly throttle: LoginThrottle;
  readonly live: LiveLogins;
  readonly find: FindLogin;
  readonly volatile: VolatileLogins;
  readonly prepareUser: (user: string) => Promise<void>;
}

type Users = Implementation<UsersContract>;

/**
 * Accounts. Whether the caller may do it is decided in the transaction that does it (§P9). Nothing
 * before the transaction rejects because of what an earlier run of the same call has changed, so
 * that a repetition gets its first answer.
 */
export function usersService(parts: UsersServiceParts): Users {
  const { runner, passwords, live, find, volatile, prepareUser } = parts;
  return {
    add: async ({ user, password, admin }, context) => {
      checkUserName(user);
      const checked = checkNewPassword(password);
      await runner.query((tx) => requireAdministrator(tx, find, context));
      const encoded = await passwords.hash(checked);
      // First, so that after a crash in between there is a home without a user, not the reverse.
      await prepareUser(user);
      return await runner.transact(async (tx) => {
        await requireAdministrator(tx, find, context);
        await addAccount(tx, user, { admin, encoded });
        return {};
      }, context.call);
    },
    remove: async ({ user }, context) => {
      const ended = await runner.transact(async (tx) => {
        await requireAdministrator(tx, find, context);
        return await removeAccount(tx, user);
      }, context.call);
      const all = [...ended, ...volatile.endOf(user)];
      live.end(all, 'The account was removed.', context.session);
      return {};
    },
    list: async (_params, context) => {
      const users = await runner.query(async (tx) => {
        await requireAdministrator(tx, find, context);
        return await listAccounts(tx);
      });
      return { users: [...users] };
    },
    setPassword: async (params, context) => {
      const checked = checkNewPassword(params.password);
      const proof = await proveCurrent(parts, params, context);
      const encoded = await passwords.hash(checked);
      const ended = await runner.transact(async (tx) => {
        const login = await requireRightToSet(tx, { user: params.user, proof, find }, context);
        return await putPassword(tx, { user: params.user, encoded, keepLogin: login });
      }, context.call);
      const all = [...ended, ...volatile.endOf(params.user, callerOf(context).login)];
      live.end(all, 'The password was changed: log in again.');
      return {};
    },
  };
}

/** Sets a password and ends the user's logins but `keepLogin`; returns these. */
export async function putPassword(
  tx: WriteTransaction,
  change: { readonly user: string; readonly encoded: string; readonly keepLogin?: string },
): Promise<readonly string[]> {
  const account = await getAccount(tx, change.user);
  tx.put(accounts, { ...account, encoded: change.encoded }, change.user);
  return await endLoginsOf(tx, change.user, { login: change.keepLogin });
}

/** The caller's own account as it was when `current` was found right; undefined otherwise. */
async function proveCurrent(
  { passwordCheck, throttle }: UsersServiceParts,
  { user, current }: { readonly user: string; readonly current?: string | undefined },
  context: CallContext,
): Promise<AccountRow | undefined> {
  if (callerOf(context).user !== user || current === undefined) return undefined;
  const { remoteAddress } = context.session;
  return await throttle.guard({ user, remoteAddress, signal: context.signal }, () =>
    passwordCheck.check(user, current),
  );
}

/** Returns the caller's login. */
async function requireRightToSet(
  tx: WriteTransaction,
  {
    user,
    proof,
    find,
  }: {
    readonly user: string;
    readonly proof: AccountRow | undefined;
    readonly find: FindLogin;
  },
  context: CallContext,
): Promise<string> {
  const caller = await callersLogin(tx, find, context);
  if (caller.user !== user) {
    await requireAdministrator(tx, find, context);
  } else if (proof?.encoded !== (await getAccount(tx, user)).encoded) {
    throw new HoldfastError('forbidden', 'The present password is missing or wrong.');
  }
  return caller.login;
}
