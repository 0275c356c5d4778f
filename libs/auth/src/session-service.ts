import {
  HoldfastError,
  isHoldfastError,
  type CallContext,
  type CallerSession,
  type ErrorCode,
  type Implementation,
  type ReadTransaction,
  type SessionContract,
  type TransactionRunner,
} from '@holdfast/contracts';
import { randomHex, type Random } from '@holdfast/kernel';
import { callerOf, loginOver, type UserPrincipal } from './callers.ts';
import { AUTH_LIMITS } from './limits.ts';
import type { LiveLogins } from './live-logins.ts';
import type { LoginThrottle } from './login-throttle.ts';
import { endLogin, openLogin, type FindLogin, type GoodLogin } from './logins.ts';
import type { PasswordCheck } from './password-check.ts';
import { accounts, type AccountRow } from './tables.ts';
import type { VolatileLogins } from './volatile-logins.ts';

export interface SessionServiceParts {
  readonly runner: TransactionRunner;
  readonly random: Random;
  readonly hashToken: (token: string) => string;
  readonly passwordCheck: PasswordCheck;
  readonly throttle: LoginThrottle;
  readonly live: LiveLogins;
  readonly find: FindLogin;
  readonly volatile: VolatileLogins;
}

/** How the directory says that it takes no changes now; it can still be read. */
const NO_CHANGES: readonly ErrorCode[] = ['read-only', 'unavailable', 'no-space', 'poisoned'];

type Session = Implementation<SessionContract>;

/** Logins: opened by password, resumed by token, ended by logout, expiry or revocation. */
export function sessionService(parts: SessionServiceParts): Session {
  const { runner, live, hashToken } = parts;
  return {
    login: async ({ user, password }, context) => {
      const token = randomHex(parts.random, AUTH_LIMITS.tokenBytes);
      await open(parts, { user, password, login: hashToken(token) }, context);
      return { token, ...(await enter(parts, context.session, hashToken(token))) };
    },
    resume: ({ token }, context) => enter(parts, context.session, hashToken(token)),
    whoami: async (_params, context) => {
      const { user, admin } = callerOf(context);
      return { user, admin };
    },
    logout: async (_params, context) => {
      const { login } = callerOf(context);
      if (!parts.volatile.end(login)) {
        await runner.transact((tx) => endLogin(tx, login), context.call);
      }
      live.end([login], 'Logged out.', context.session);
      return {};
    },
  };
}

/** The user behind a token; `unauthenticated` if the login is over. */
export async function principalOfToken(
  { runner, hashToken, find }: Pick<SessionServiceParts, 'runner' | 'hashToken' | 'find'>,
  token: string,
): Promise<UserPrincipal> {
  const login = hashToken(token);
  const good = await runner.query((tx) => find(tx, login));
  if (good === undefined) throw loginOver();
  return principalOf(login, good);
}

async function open(
  parts: SessionServiceParts,
  attempt: { readonly user: string; readonly password: string; readonly login: string },
  context: CallContext,
): Promise<void> {
  const { user, password, login } = attempt;
  const { remoteAddress } = context.session;
  const checked = await parts.throttle.guard({ user, remoteAddress, signal: context.signal }, () =>
    parts.passwordCheck.check(user, password),
  );
  const ended = checked && (await record(parts, { user, login, checked }));
  if (!ended) throw new HoldfastError('unauthenticated', 'Wrong user name or password.');
  parts.live.end(ended, 'There are too many logins: the oldest was ended.');
}

interface CheckedLogin {
  readonly user: string;
  readonly login: string;
  readonly checked: AccountRow;
}

/**
 * Keeps a new login, in memory where the directory takes no changes. Returns the logins that it
 * ended, or undefined if the password was changed or the account removed since the check.
 */
async function record(
  { runner, volatile }: SessionServiceParts,
  { user, login, checked }: CheckedLogin,
): Promise<readonly string[] | undefined> {
  const isStale = async (tx: ReadTransaction): Promise<boolean> =>
    (await tx.get(accounts, user))?.encoded !== checked.encoded;
  try {
    return await runner.transact(async (tx) =>
      (await isStale(tx)) ? undefined : await openLogin(tx, login, user),
    );
  } catch (error) {
    if (!isHoldfastError(error, ...NO_CHANGES)) throw error;
    return await runner.query(async (tx) =>
      (await isStale(tx)) ? undefined : volatile.open(login, user, tx.nowMs),
    );
  }
}

/** Puts a session under a login that is good, and takes it from its former one. */
async function enter(
  { runner, live, find }: SessionServiceParts,
  session: CallerSession,
  login: string,
): Promise<{ user: string; admin: boolean; expiresMs: number }> {
  live.attach(session, login);
  const good = await runner.query((tx) => find(tx, login));
  if (good === undefined) live.detach(session, login);
  const former = session.principal;
  if (former?.kind === 'user' && (good === undefined) === (former.login === login)) {
    live.detach(session, former.login);
    session.principal = undefined;
  }
  if (good === undefined) throw loginOver();
  session.principal = principalOf(login, good);
  live.expireAfter(session, login, good.remainingMs);
  return { user: good.user, admin: good.admin, expiresMs: good.expiresMs };
}

function principalOf(login: string, { user, admin }: GoodLogin): UserPrincipal {
  return { kind: 'user', user, admin, login };
}
