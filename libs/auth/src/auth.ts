import type {
  Implementation,
  PasswordHasher,
  SessionContract,
  TransactionRunner,
  UsersContract,
} from '@holdfast/contracts';
import type { Clock, Random } from '@holdfast/kernel';
import { checkNewPassword, checkUserName } from './account-rules.ts';
import { addAccount, listAccounts } from './account-store.ts';
import type { UserPrincipal } from './callers.ts';
import { LiveLogins } from './live-logins.ts';
import { LoginThrottle } from './login-throttle.ts';
import { findLogin, type FindLogin } from './logins.ts';
import { PasswordCheck } from './password-check.ts';
import { principalOfToken, sessionService } from './session-service.ts';
import { putPassword, usersService } from './users-service.ts';
import { VolatileLogins } from './volatile-logins.ts';

export interface AuthOptions {
  /** The directory's transactions; auth has the tables 100 to 109. */
  readonly runner: TransactionRunner;
  readonly passwords: PasswordHasher;
  readonly clock: Clock;
  readonly random: Random;
  /** What is stored of a token: a hash of at most 64 characters. It also names the login. */
  readonly hashToken: (token: string) => string;
  /**
   * Makes what an account needs, a home folder, before the account is there. It may run again for
   * the same user, and for one that is then not made.
   */
  readonly prepareUser: (user: string) => Promise<void>;
}

export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/** Accounts, logins and who is at the other end (§P9). */
export interface Auth {
  /** Sets `context.session.principal`, and ends sessions whose login ends. */
  readonly session: Implementation<SessionContract>;
  readonly users: Implementation<UsersContract>;
  /** The user behind a token, for single calls over HTTP. `unauthenticated` if its login is over. */
  principalOfToken(token: string): Promise<UserPrincipal>;
  /** Makes the first account, an administrator; false if there is any account. */
  ensureAdministrator(credentials: Credentials): Promise<boolean>;
  /** Sets a password without asking for anything, and ends all logins of the user. */
  resetPassword(credentials: Credentials): Promise<void>;
}

export function createAuth(options: AuthOptions): Auth {
  const { runner, passwords, clock, random } = options;
  const volatile = new VolatileLogins();
  const find: FindLogin = async (tx, login) =>
    (await findLogin(tx, login)) ?? (await volatile.find(tx, login));
  const parts = {
    ...options,
    volatile,
    find,
    live: new LiveLogins(clock),
    throttle: new LoginThrottle(clock),
    passwordCheck: new PasswordCheck(runner, passwords, random),
  };
  return {
    session: sessionService(parts),
    users: usersService(parts),
    principalOfToken: (token) => principalOfToken(parts, token),
    ensureAdministrator: async ({ user, password }) => {
      const anybody = await runner.query(listAccounts);
      if (anybody.length > 0) return false;
      checkUserName(user);
      const encoded = await passwords.hash(checkNewPassword(password));
      await options.prepareUser(user);
      return await runner.transact(async (tx) => {
        if ((await listAccounts(tx)).length > 0) return false;
        await addAccount(tx, user, { admin: true, encoded });
        return true;
      });
    },
    resetPassword: async ({ user, password }) => {
      const encoded = await passwords.hash(checkNewPassword(password));
      const ended = await runner.transact((tx) => putPassword(tx, { user, encoded }));
      const all = [...ended, ...volatile.endOf(user)];
      parts.live.end(all, 'The password was changed: log in again.');
    },
  };
}
