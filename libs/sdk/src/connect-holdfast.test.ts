import {
  HoldfastError,
  sessionContract,
  usersContract,
  type CallerSession,
} from '@holdfast/contracts';
import { blake3Hasher } from '@holdfast/crypto';
import { MemoryNetwork, createDaemon, type Daemon } from '@holdfast/rmi';
import { seededRandom, simulatedClock } from '@holdfast/testkit';
import { beforeEach, expect, test } from 'vitest';
import { connectHoldfast } from './connect-holdfast.ts';
import type { Credentials } from './credentials.ts';
import type { HoldfastClient } from './holdfast-client.ts';
import { SDK_LIMITS } from './limits.ts';

let clock = simulatedClock();
let network = new MemoryNetwork({ clock });
let tokens: Set<string>;
let kept: string | undefined;
beforeEach(() => {
  clock = simulatedClock();
  network = new MemoryNetwork({ clock });
  tokens = new Set();
  kept = undefined;
});

/** A frontend that knows one user, and whose `users.list` takes as long as `answer` does. */
function startFrontend(answer: () => Promise<void> = () => Promise.resolve()): Daemon {
  const daemon = createDaemon({ clock, random: seededRandom('frontend'), name: 'frontend' });
  const admit = (session: CallerSession): void => {
    session.principal = { kind: 'user', user: 'ann', admin: true, login: 'l' };
  };
  const refused = new HoldfastError('unauthenticated', 'Wrong user name or password.');
  daemon.expose(sessionContract, {
    login: async ({ user, password }, { session }) => {
      if (password !== 'right') throw refused;
      admit(session);
      const token = `token-${tokens.size}`;
      tokens.add(token);
      return { user, admin: true, token, expiresMs: 0 };
    },
    resume: async ({ token }, { session }) => {
      if (!tokens.has(token)) throw refused;
      admit(session);
      return { user: 'ann', admin: true, expiresMs: 0 };
    },
    whoami: async () => ({ user: 'ann', admin: true }),
    logout: async () => ({}),
  });
  daemon.expose(usersContract, {
    add: async () => ({}),
    remove: async () => ({}),
    list: async () => {
      await answer();
      return { users: [] };
    },
    setPassword: async () => ({}),
  });
  const listening = network.listen('frontend', daemon.accept);
  const close = daemon.close.bind(daemon);
  daemon.close = async (options) => {
    listening[Symbol.dispose]();
    await close(options);
  };
  return daemon;
}

/** Credentials that answer with these passwords, one after the other. */
function answering(...passwords: string[]): Credentials {
  return {
    token: async () => kept,
    password: async () => {
      const password = passwords.shift();
      return password === undefined ? undefined : { user: 'ann', password };
    },
    keep: async (login) => void (kept = login?.token),
  };
}

function connect(credentials: Credentials): Promise<HoldfastClient> {
  return connectHoldfast({
    addresses: ['frontend'],
    transport: network.transport('client'),
    clock,
    random: seededRandom('client'),
    hasher: blake3Hasher,
    credentials,
  });
}

const outcome = (work: Promise<unknown>): Promise<unknown> => work.catch((error: unknown) => error);

test('a login is kept, and the next connection needs no password', async () => {
  startFrontend();
  const first = await clock.run(connect(answering('wrong', 'right')));
  expect(first.account).toEqual({ user: 'ann', admin: true });
  await first[Symbol.asyncDispose]();
  const second = await clock.run(connect(answering()));
  expect(second.state.kind).toBe('ready');
  expect(tokens.size).toBe(1);
});

test('a token that is worthless is forgotten, and the password is asked for', async () => {
  startFrontend();
  kept = 'old';
  await clock.run(connect(answering('right')));
  expect(kept).toBe('token-0');
});

test('a refused password is an error that says so', async () => {
  startFrontend();
  const error = await clock.run(outcome(connect(answering('wrong'))));
  expect(error).toMatchObject({ code: 'unauthenticated', message: 'Wrong user name or password.' });
});

// fills SDK_LIMITS.firstConnectMs
test('where no frontend answers, that is an error after a named time', async () => {
  const startedMs = clock.monotonicMs();
  const error = await clock.run(outcome(connect(answering('right'))));
  expect(error).toMatchObject({ code: 'unavailable' });
  expect((error as Error).message).toContain('No frontend answers at frontend (nobody listens');
  expect(clock.monotonicMs() - startedMs).toBe(SDK_LIMITS.firstConnectMs);
});

test('a call waits for a frontend that is away for minutes, and its deadline waits, too', async () => {
  const daemon = startFrontend();
  const client = await clock.run(connect(answering('right')));
  await clock.run(daemon.close());
  const call = client.users.list({});
  await clock.advance(5 * 60_000);
  expect(client.state.kind).toBe('waiting');
  startFrontend();
  expect(await clock.run(call)).toEqual({ users: [] });
});

test('a frontend that is there and does not answer is given up at the deadline', async () => {
  startFrontend(() => new Promise(() => {}));
  const client = await clock.run(connect(answering('right')));
  const startedMs = clock.monotonicMs();
  const error = await clock.run(outcome(client.users.list({})));
  expect(error).toMatchObject({ code: 'timeout' });
  const { timeoutMs } = usersContract.methods.list;
  expect(clock.monotonicMs() - startedMs).toBe(timeoutMs);
});
