import {
  HoldfastError,
  type CallContext,
  type CallerSession,
  type PasswordHasher,
} from '@holdfast/contracts';
import { testEngine, type TestEngine } from '@holdfast/directory/testing';
import { toHex, utf8, type Clock, type Random } from '@holdfast/kernel';
import { createAuth, type Auth } from '../auth.ts';

export const ADMIN: { user: string; password: string } = {
  user: 'root',
  password: 'admin-password',
};

/** A clock that stands still until it is moved. */
interface MovableClock extends Clock {
  advance(ms: number): Promise<void>;
}

export interface AuthScene<C extends MovableClock> {
  readonly auth: Auth;
  readonly engine: TestEngine;
  readonly clock: C;
  /** Every encoded hash that a password was checked against. */
  readonly verified: string[];
  /** From now on the directory takes changes, or refuses them as it does without servers. */
  takeChanges(taken: boolean): void;
  /** Runs `task` within the next check of a password, after the account was read. */
  duringNextCheck(task: () => Promise<void>): void;
  /** Homes that were made. */
  readonly homes: string[];
  /** Moves time on for timers and the directory alike. */
  advance(ms: number): Promise<void>;
  /** A session of a caller, nobody yet. */
  connect(remoteAddress?: string): TestSession;
  /** A session that is logged in. */
  login(user: string, password: string, remoteAddress?: string): Promise<TestSession>;
}

export interface TestSession {
  readonly session: CallerSession;
  /** A call through it, with a number of its own. */
  context(): CallContext;
  /** The token that it logged in with. */
  token: string;
}

/** Auth on a directory in memory, with an administrator, for the tests of this library. */
export async function authScene<C extends MovableClock>(
  clock: C,
  random: Random,
): Promise<AuthScene<C>> {
  const engine = testEngine();
  const verified: string[] = [];
  const homes: string[] = [];
  let taken = true;
  let next: (() => Promise<void>) | undefined;
  const meanwhile = async (): Promise<void> => {
    const task = next;
    next = undefined;
    await task?.();
  };
  const auth = createAuth({
    runner: {
      query: (body) => engine.query(body),
      queryAhead: (body) => engine.queryAhead(body),
      transact: async (body, call) => {
        if (taken) return await engine.transact(body, call);
        throw new HoldfastError('read-only', 'No server is live: nothing can be changed now.');
      },
    },
    passwords: plainHasher(verified, meanwhile),
    clock,
    random,
    hashToken: (token) => toHex(utf8(token)).slice(0, 64),
    prepareUser: async (user) => void homes.push(user),
  });
  await auth.ensureAdministrator(ADMIN);
  const connect = (remoteAddress = '192.0.2.1'): TestSession => testSession(remoteAddress);
  return {
    auth,
    engine,
    clock,
    verified,
    homes,
    connect,
    duringNextCheck: (task) => {
      next = task;
    },
    takeChanges: (now) => {
      taken = now;
    },
    advance: async (ms) => {
      engine.advance(ms);
      await clock.advance(ms);
    },
    login: async (user, password, remoteAddress) => {
      const caller = connect(remoteAddress);
      caller.token = (await auth.session.login({ user, password }, caller.context())).token;
      return caller;
    },
  };
}

let sessions = 0;

function testSession(remoteAddress: string): TestSession {
  const over = new AbortController();
  let calls = 0;
  const session: CallerSession = {
    id: `session-${sessions++}`,
    remoteAddress,
    principal: undefined,
    ended: over.signal,
    end: (reason) => over.abort(new Error(reason)),
  };
  return {
    session,
    token: '',
    context: () => ({
      session,
      signal: over.signal,
      call: { session: session.id, number: ++calls, answeredBelow: 0 },
      correlationId: 'test',
    }),
  };
}

/** Not a hash at all, so that a test sees what was asked for. */
function plainHasher(verified: string[], meanwhile: () => Promise<void>): PasswordHasher {
  let salt = 0;
  return {
    hash: async (password) => `${salt++}:${password}`,
    verify: async (encoded, password) => {
      verified.push(encoded);
      await meanwhile();
      return encoded.slice(encoded.indexOf(':') + 1) === password;
    },
  };
}
