import { seededRandom, simulatedClock, type SimulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { AUTH_LIMITS, FAILURE_RULES } from './limits.ts';
import { logins, loginsByExpiry, loginsByUser } from './tables.ts';
import { ADMIN, authScene as sceneOn, type AuthScene } from './testing/auth-scene.ts';

type Scene = AuthScene<SimulatedClock>;

function authScene(): Promise<Scene> {
  return sceneOn(simulatedClock(), seededRandom('auth'));
}

const ALL = { prefix: [], limit: 100 };

/** Tries a wrong password, and gives the code of the refusal. */
async function fail(scene: Scene, user: string, address: string): Promise<string> {
  try {
    await scene.clock.run(scene.login(user, 'wrong password', address));
  } catch (error) {
    return (error as { code: string }).code;
  }
  throw new Error('A wrong password was accepted');
}

async function failTimes(scene: Scene, times: number, address: string): Promise<string[]> {
  const codes: string[] = [];
  for (let i = 0; i < times; i++) codes.push(await fail(scene, ADMIN.user, address));
  return codes;
}

test('a login names its user, and its token opens other sessions until it is logged out', async () => {
  const { auth, login, connect } = await authScene();
  const first = await login(ADMIN.user, ADMIN.password);
  expect(await auth.session.whoami({}, first.context())).toEqual({ user: 'root', admin: true });
  const second = connect();
  await auth.session.resume({ token: first.token }, second.context());
  expect(second.session.principal).toEqual(first.session.principal);
  expect(await auth.principalOfToken(first.token)).toEqual(first.session.principal);

  await auth.session.logout({}, second.context());
  expect(second.session.principal).toBeUndefined();
  expect(second.session.ended.aborted).toBe(false);
  expect(first.session.ended.aborted).toBe(true);
  for (const attempt of [
    auth.session.resume({ token: first.token }, connect().context()),
    auth.principalOfToken(first.token),
  ]) {
    await expect(attempt).rejects.toMatchObject({ code: 'unauthenticated' });
  }
});

test('a wrong name and a wrong password look the same and cost the same', async () => {
  const scene = await authScene();
  const errors = [];
  for (const user of [ADMIN.user, 'nobody', 'NOT a name']) {
    errors.push(await scene.login(user, 'wrong password').catch((error: unknown) => error));
  }
  expect(errors[1]).toEqual(errors[0]);
  expect(errors[2]).toEqual(errors[0]);
  expect(scene.verified).toHaveLength(3);
  expect(scene.verified[1]).toMatch(/^\d+:[0-9a-f]{64}$/);
  // Even the password that the stand-in was made from opens nothing.
  const standIn = /^\d+:([0-9a-f]{64})$/.exec(scene.verified[1] ?? '')?.[1] ?? 'no hash';
  await expect(scene.login('nobody', standIn)).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(scene.verified[3]).toBe(scene.verified[1]);
});

// fills AUTH_LIMITS.loginLifetimeMs
test('a login ends by itself, and live sessions with it', async () => {
  const { auth, login, connect, advance } = await authScene();
  const { session, token } = await login(ADMIN.user, ADMIN.password);
  await advance(AUTH_LIMITS.loginLifetimeMs - 1);
  const late = connect();
  await auth.session.resume({ token }, late.context());
  await advance(1);
  expect([session.ended.aborted, late.session.ended.aborted]).toEqual([true, true]);
  await expect(auth.session.resume({ token }, connect().context())).rejects.toMatchObject({
    code: 'unauthenticated',
  });
});

test('a password that is changed while it is being checked opens nothing', async () => {
  const { auth, login, duringNextCheck } = await authScene();
  duringNextCheck(() => auth.resetPassword({ ...ADMIN, password: 'a new password' }));
  await expect(login(ADMIN.user, ADMIN.password)).rejects.toMatchObject({
    code: 'unauthenticated',
  });
});

test('logins that have expired leave nothing behind', async () => {
  const { engine, login, advance } = await authScene();
  for (let i = 0; i < 3; i++) await login(ADMIN.user, ADMIN.password);
  await advance(AUTH_LIMITS.loginLifetimeMs);
  await login(ADMIN.user, ADMIN.password);
  for (const table of [logins, loginsByUser, loginsByExpiry]) {
    const rows = await engine.query((tx) => tx.range(table as typeof logins, ALL));
    expect(rows).toHaveLength(1);
  }
});

// fills AUTH_LIMITS.expiredPerLogin
test('a login removes some that have expired, and later ones the others', async () => {
  const { engine, login, advance } = await authScene();
  const count = async (): Promise<number> =>
    (await engine.query((tx) => tx.range(loginsByExpiry, ALL))).length;
  for (let i = 0; i < AUTH_LIMITS.expiredPerLogin + 8; i++) {
    await login(ADMIN.user, ADMIN.password);
  }
  await advance(AUTH_LIMITS.loginLifetimeMs);
  await login(ADMIN.user, ADMIN.password);
  expect(await count()).toBe(8 + 1);
  await login(ADMIN.user, ADMIN.password);
  expect(await count()).toBe(2);
});

// fills AUTH_LIMITS.loginsPerUser
test('one login too many ends the oldest one', async () => {
  const { login } = await authScene();
  const all = [];
  for (let i = 0; i <= AUTH_LIMITS.loginsPerUser; i++) {
    all.push(await login(ADMIN.user, ADMIN.password));
  }
  const ended = all.map(({ session }) => session.ended.aborted);
  expect(ended.filter(Boolean)).toHaveLength(1);
});

test('a session that logs in as somebody else no longer hangs on its first login', async () => {
  const { auth, login } = await authScene();
  const root = await login(ADMIN.user, ADMIN.password);
  await auth.users.add({ user: 'eve', password: 'eves password', admin: false }, root.context());
  const other = await login(ADMIN.user, ADMIN.password);
  await auth.session.login({ user: 'eve', password: 'eves password' }, other.context());
  await auth.resetPassword(ADMIN);
  expect(root.session.ended.aborted).toBe(true);
  expect(other.session.ended.aborted).toBe(false);
  await auth.users.remove({ user: 'eve' }, (await login(ADMIN.user, ADMIN.password)).context());
  expect(other.session.ended.aborted).toBe(true);
});

test('passwords that look the same are the same', async () => {
  const { auth, login } = await authScene();
  const root = await login(ADMIN.user, ADMIN.password);
  const add = { user: 'zoe', password: 'caf\u00e9 caf\u00e9', admin: false };
  await auth.users.add(add, root.context());
  await expect(login('zoe', 'cafe\u0301 cafe\u0301')).resolves.toBeDefined();
});

// fills AUTH_LIMITS.volatileLifetimeMs
test('while the directory takes no changes one can still log in, for a while', async () => {
  const { auth, login, connect, advance, takeChanges } = await authScene();
  takeChanges(false);
  const { session, token, context } = await login(ADMIN.user, ADMIN.password);
  expect((await auth.users.list({}, context())).users).toHaveLength(1);
  await expect(login(ADMIN.user, 'wrong password')).rejects.toMatchObject({
    code: 'unauthenticated',
  });
  await advance(AUTH_LIMITS.volatileLifetimeMs - 1);
  await auth.session.resume({ token }, connect().context());
  await advance(1);
  expect(session.ended.aborted).toBe(true);
  await expect(auth.principalOfToken(token)).rejects.toMatchObject({ code: 'unauthenticated' });
});

test('a login from such a time ends like any other', async () => {
  const { auth, login, takeChanges } = await authScene();
  takeChanges(false);
  const [first, second, third] = await Promise.all([
    login(ADMIN.user, ADMIN.password),
    login(ADMIN.user, ADMIN.password),
    login(ADMIN.user, ADMIN.password),
  ]);
  await auth.session.logout({}, first.context());
  expect(first.session.principal).toBeUndefined();
  await expect(auth.principalOfToken(first.token)).rejects.toMatchObject({
    code: 'unauthenticated',
  });
  takeChanges(true);
  await auth.users.setPassword(
    { user: ADMIN.user, current: ADMIN.password, password: 'a new password' },
    second.context(),
  );
  expect(second.session.ended.aborted).toBe(false);
  expect(third.session.ended.aborted).toBe(true);
  await expect(auth.principalOfToken(third.token)).rejects.toMatchObject({
    code: 'unauthenticated',
  });
});

// fills FAILURE_RULES.pair.free
test('guessing from one address is refused for a doubling time, even in one burst', async () => {
  const scene = await authScene();
  const { free, firstWaitMs } = FAILURE_RULES.pair;
  const burst = await Promise.all(
    Array.from({ length: free + 4 }, () => fail(scene, ADMIN.user, '198.51.100.7')),
  );
  expect(burst.filter((code) => code === 'unauthenticated')).toHaveLength(free + 1);
  expect(burst.filter((code) => code === 'throttled')).toHaveLength(3);
  for (const waitMs of [firstWaitMs, 2 * firstWaitMs, 4 * firstWaitMs]) {
    await scene.advance(waitMs - 1);
    expect(await failTimes(scene, 1, '198.51.100.7')).toEqual(['throttled']);
    await scene.advance(1);
    expect(await failTimes(scene, 1, '198.51.100.7')).toEqual(['unauthenticated']);
  }
});

// fills AUTH_LIMITS.waitingPerAddress
test('more logins at once from one address than may wait are refused, and others are served', async () => {
  const { login } = await authScene();
  const logins = Array.from({ length: AUTH_LIMITS.waitingPerAddress + 2 }, () =>
    login(ADMIN.user, ADMIN.password, '198.51.100.7'),
  );
  const elsewhere = login(ADMIN.user, ADMIN.password, '198.51.100.8');
  const refused = (await Promise.allSettled(logins)).filter(({ status }) => status === 'rejected');
  expect(refused).toMatchObject([{ reason: { code: 'throttled' } }]);
  await expect(elsewhere).resolves.toBeDefined();
});

test('mistakes are forgotten: by a right password, and with time', async () => {
  const scene = await authScene();
  const { free, forgiveMs } = FAILURE_RULES.pair;
  for (let round = 0; round < 3; round++) {
    expect(await failTimes(scene, free, '192.0.2.9')).not.toContain('throttled');
    await scene.login(ADMIN.user, ADMIN.password, '192.0.2.9');
  }
  await failTimes(scene, free, '192.0.2.9');
  await scene.advance(free * forgiveMs);
  expect(await failTimes(scene, free + 1, '192.0.2.9')).not.toContain('throttled');
});

// fills FAILURE_RULES.name.longestWaitMs
test('guessing from many addresses only delays strangers, and not where the user is known', async () => {
  const scene = await authScene();
  await scene.login(ADMIN.user, ADMIN.password, '203.0.113.1');
  for (let i = 0; i < 100; i++) await fail(scene, ADMIN.user, `198.51.100.${i}`);

  const knownMs = scene.clock.monotonicMs();
  await scene.login(ADMIN.user, ADMIN.password, '203.0.113.1');
  expect(scene.clock.monotonicMs()).toBe(knownMs);
  await scene.clock.run(scene.login(ADMIN.user, ADMIN.password, '203.0.113.2'));
  expect(scene.clock.monotonicMs() - knownMs).toBe(FAILURE_RULES.name.longestWaitMs);
});

// fills FAILURE_RULES.address.free
test('trying many names from one network is refused, and forgotten in time', async () => {
  const scene = await authScene();
  const codes = new Map<string, number>();
  for (let i = 0; i < 100; i++) {
    const code = await fail(scene, `name-${i}`, `2001:db8:1:2::${i.toString(16)}`);
    codes.set(code, (codes.get(code) ?? 0) + 1);
  }
  const { free, forgiveMs } = FAILURE_RULES.address;
  expect(codes.get('unauthenticated')).toBe(free + 1);
  await scene.advance(forgiveMs);
  await expect(scene.login(ADMIN.user, ADMIN.password, '2001:db8:1:2::1')).resolves.toBeDefined();
});
