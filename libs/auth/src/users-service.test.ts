import { seededRandom, simulatedClock, type SimulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { AUTH_LIMITS } from './limits.ts';
import { accounts } from './tables.ts';
import {
  ADMIN,
  authScene as sceneOn,
  type AuthScene,
  type TestSession,
} from './testing/auth-scene.ts';

type Scene = AuthScene<SimulatedClock>;

function authScene(): Promise<Scene> {
  return sceneOn(simulatedClock(), seededRandom('auth'));
}

const EVE = { user: 'eve', password: 'eves password' };

async function withEve(): Promise<Scene & { root: TestSession; eve: TestSession }> {
  const scene = await authScene();
  const root = await scene.login(ADMIN.user, ADMIN.password);
  await scene.auth.users.add({ ...EVE, admin: false }, root.context());
  return { ...scene, root, eve: await scene.login(EVE.user, EVE.password) };
}

test('the first administrator is made once', async () => {
  const { auth, login, homes } = await authScene();
  expect(await auth.ensureAdministrator({ user: 'other', password: 'other password' })).toBe(false);
  const root = await login(ADMIN.user, ADMIN.password);
  const { users } = await auth.users.list({}, root.context());
  expect(users).toEqual([{ user: 'root', admin: true, createdMs: expect.any(Number) }]);
  expect(homes).toEqual(['root']);
});

test('accounts are made and removed by administrators only, whatever a session remembers', async () => {
  const { auth, eve, homes } = await withEve();
  const principal = eve.session.principal;
  if (principal?.kind === 'user') eve.session.principal = { ...principal, admin: true };
  const mallory = { user: 'mallory', password: 'long enough', admin: true };
  for (const attempt of [
    auth.users.add(mallory, eve.context()),
    auth.users.remove({ user: 'root' }, eve.context()),
    auth.users.list({}, eve.context()),
    auth.users.setPassword({ user: 'root', password: 'taken over' }, eve.context()),
  ]) {
    await expect(attempt).rejects.toMatchObject({ code: 'forbidden' });
  }
  expect(homes).toEqual(['root', 'eve']);
});

// fills AUTH_LIMITS.passwordCharacters
test.each([
  [{ user: 'eve', password: 'long enough' }, 'already-exists', /eve/],
  [{ user: 'x', password: 'seven77' }, 'invalid-argument', /8 characters/],
  [{ user: 'Eve', password: 'long enough' }, 'invalid-argument', /"Eve"/],
])('adding %o is refused as %s', async (account, code, message) => {
  const { auth, root } = await withEve();
  await expect(auth.users.add({ ...account, admin: false }, root.context())).rejects.toMatchObject({
    code,
    message: expect.stringMatching(message),
  });
});

// fills AUTH_LIMITS.users
test('no more accounts are made than the limit says', async () => {
  const { auth, engine, root } = await withEve();
  await engine.transact(async (tx) => {
    for (let i = 2; i < AUTH_LIMITS.users; i++) {
      const row = await tx.get(accounts, EVE.user);
      if (row) tx.put(accounts, row, `user-${i}`);
    }
  });
  const add = { user: 'one-more', password: 'long enough', admin: false };
  await expect(auth.users.add(add, root.context())).rejects.toMatchObject({
    code: 'limit-exceeded',
  });
  await auth.users.remove({ user: 'user-2' }, root.context());
  await expect(auth.users.add(add, root.context())).resolves.toBeDefined();
});

test('a removed user is out at once, and so is a call under way', async () => {
  const { auth, root, eve, connect } = await withEve();
  await auth.users.remove({ user: 'eve' }, root.context());
  expect(eve.session.ended.aborted).toBe(true);
  expect(eve.session.principal).toBeUndefined();
  await expect(
    auth.session.resume({ token: eve.token }, connect().context()),
  ).rejects.toMatchObject({ code: 'unauthenticated' });
  await expect(auth.users.remove({ user: 'eve' }, root.context())).rejects.toMatchObject({
    code: 'not-found',
  });
});

test('a session that attaches while its login is being ended does not stay', async () => {
  const { auth, root, eve, connect } = await withEve();
  const late = connect();
  const outcomes = await Promise.allSettled([
    auth.session.resume({ token: eve.token }, late.context()),
    auth.users.remove({ user: 'eve' }, root.context()),
  ]);
  expect(outcomes[1].status).toBe('fulfilled');
  expect(late.session.principal === undefined || late.session.ended.aborted).toBe(true);
});

test('the last administrator cannot be removed, but one of two can, even by itself', async () => {
  const { auth, root, login } = await withEve();
  const removal = (): Promise<object> => auth.users.remove({ user: 'root' }, root.context());
  await expect(removal()).rejects.toMatchObject({ code: 'invalid-argument' });
  await auth.users.add({ user: 'boss', password: 'boss password', admin: true }, root.context());
  await removal();
  // It still gets its answer, as nobody.
  expect(root.session.ended.aborted).toBe(false);
  expect(root.session.principal).toBeUndefined();
  const boss = await login('boss', 'boss password');
  await expect(auth.users.remove({ user: 'boss' }, boss.context())).rejects.toMatchObject({
    code: 'invalid-argument',
  });
});

test("one's own password needs the present one, and changing it ends all other logins", async () => {
  const { auth, eve, login } = await withEve();
  const other = await login(EVE.user, EVE.password);
  const change = { user: 'eve', password: 'a new password' };
  for (const current of [undefined, 'not the one']) {
    await expect(
      auth.users.setPassword({ ...change, current }, eve.context()),
    ).rejects.toMatchObject({ code: 'forbidden' });
  }
  await auth.users.setPassword({ ...change, current: EVE.password }, eve.context());
  expect([eve.session.ended.aborted, other.session.ended.aborted]).toEqual([false, true]);
  await expect(login(EVE.user, EVE.password)).rejects.toMatchObject({ code: 'unauthenticated' });
  await login(EVE.user, change.password);
});

test('of two changes from one present password only one is made', async () => {
  const { auth, eve, connect, login, duringNextCheck } = await withEve();
  const elsewhere = connect('192.0.2.200');
  await auth.session.resume({ token: eve.token }, elsewhere.context());
  const change = { user: 'eve', current: EVE.password };
  duringNextCheck(async () => {
    await auth.users.setPassword({ ...change, password: 'the first' }, elsewhere.context());
  });
  await expect(
    auth.users.setPassword({ ...change, password: 'the second' }, eve.context()),
  ).rejects.toMatchObject({ code: 'forbidden' });
  await login('eve', 'the first');
});

test("an administrator sets another's password without the present one, which ends its logins", async () => {
  const { auth, root, eve, login } = await withEve();
  await auth.users.setPassword({ user: 'eve', password: 'set by root' }, root.context());
  expect(eve.session.ended.aborted).toBe(true);
  await login('eve', 'set by root');
});

test('a change that is sent again gets its first answer', async () => {
  const { auth, root, eve, homes } = await withEve();
  const adding = root.context();
  const account = { user: 'zoe', password: 'zoes password', admin: false };
  await auth.users.add(account, adding);
  await auth.users.add(account, adding);
  expect(homes.at(-1)).toBe('zoe');
  const changing = eve.context();
  const change = { user: 'eve', current: EVE.password, password: 'a new password' };
  await auth.users.setPassword(change, changing);
  await auth.users.setPassword(change, changing);
});

test('a lost password is reset without any login', async () => {
  const { auth, root, login } = await withEve();
  await auth.resetPassword({ user: 'root', password: 'found again' });
  expect(root.session.ended.aborted).toBe(true);
  await login('root', 'found again');
  await expect(
    auth.resetPassword({ user: 'nobody', password: 'found again' }),
  ).rejects.toMatchObject({ code: 'not-found' });
});
