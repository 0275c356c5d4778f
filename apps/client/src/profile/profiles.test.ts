import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { resolveAccess } from './access.ts';
import { parseAddress } from './address.ts';
import { isExposed, profileNameFor, readProfiles, saveProfile } from './profiles.ts';
import { TokenCache } from './token-cache.ts';

let folder: string;
let file: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-profiles-'));
  file = join(folder, 'holdfast', 'config.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const LOCAL = { addresses: ['ws://127.0.0.1:7400'], user: 'admin', password: 'secret' };

test('without a file there is no profile, and that is said with what to do', async () => {
  const profiles = await readProfiles(file);
  expect(() => resolveAccess({}, {}, profiles)).toThrow('holdfast connect ws://HOST:7400');
});

test('a saved profile is private, the default, and leaves the others as they are', async () => {
  await saveProfile(file, 'first', LOCAL);
  await saveProfile(file, 'second', { ...LOCAL, user: 'ann' });
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  const profiles = await readProfiles(file);
  expect(profiles.default).toBe('second');
  expect(profiles.profiles['first']).toEqual(LOCAL);
  expect(await isExposed(file, profiles)).toBe(false);
  await chmod(file, 0o644);
  expect(await isExposed(file, profiles)).toBe(true);
});

test.for([
  ['{\n "profiles": {\n  "a": { "adresses": [] }\n }\n}', ':3:', 'adresses'],
  ['{ "default": "b", "profiles": {} }', ':', 'names the profile "b"'],
  ['{ "profiles": { "a": { "addresses": ["http://x"] } } }', ':1:', 'ws://10.0.0.5:7400'],
  ['{', ':1:', 'not JSON'],
] as const)('a mistake in %j is named with file, line and fix', async ([text, line, hint]) => {
  await mkdir(join(folder, 'holdfast'));
  await writeFile(file, text);
  const error: Error = await readProfiles(file).then(
    () => new Error('none'),
    (e: Error) => e,
  );
  expect(error.message).toContain(`${file}${line}`);
  expect(error.message).toContain(hint);
});

test('flags come before the environment, and that before the profile', () => {
  const profiles = { format: 1, default: 'local', profiles: { local: LOCAL } };
  const env = { HOLDFAST_USER: 'bob', HOLDFAST_PASSWORD: 'pw' };
  expect(resolveAccess({}, {}, profiles)).toMatchObject(LOCAL);
  expect(resolveAccess({}, env, profiles)).toMatchObject({ user: 'bob', password: 'pw' });
  expect(resolveAccess({ user: 'eve' }, env, profiles).user).toBe('eve');
});

test("a profile's password goes to no other frontend and to no other user", () => {
  const profiles = { format: 1, default: 'local', profiles: { local: LOCAL } };
  expect(resolveAccess({ address: '10.0.0.9' }, {}, profiles).password).toBeUndefined();
  expect(resolveAccess({ user: 'ann' }, {}, profiles).password).toBeUndefined();
});

test('of two profiles of one user at one address the one in use gives the password', () => {
  const moved = { ...LOCAL, password: 'newer' };
  const profiles = { format: 1, default: 'moved', profiles: { local: LOCAL, moved } };
  expect(resolveAccess({}, {}, profiles).password).toBe('newer');
  expect(resolveAccess({ profile: 'local' }, {}, profiles).password).toBe('secret');
});

test("another user's login is remembered beside a profile that has a password", () => {
  const { addresses } = LOCAL;
  const profiles = { format: 1, default: 'local', profiles: { local: LOCAL } };
  expect(profileNameFor(profiles, 'local', { addresses, user: 'eve' })).toBe('local-eve');
  expect(profileNameFor(profiles, 'local', LOCAL)).toBe('local');
  expect(profileNameFor(profiles, '127.0.0.1-7400', LOCAL)).toBe('local');
  expect(profileNameFor(profiles, 'other', { addresses, user: 'eve' })).toBe('other');
  const long = `${'host.'.repeat(30)}-7400`;
  expect(profileNameFor(profiles, long, { addresses: ['ws://x:1'], user: 'eve' })).toMatch(
    /^[^]{59}-7400$/,
  );
  const asEve = {
    ...profiles,
    default: 'eve',
    profiles: { eve: { ...LOCAL, user: 'eve', password: 'e' }, ...profiles.profiles },
  };
  expect(resolveAccess({}, {}, asEve).password).toBe('e');
  expect(resolveAccess({ user: 'admin' }, {}, asEve).password).toBe('secret');
});

test.for([
  ['10.0.0.5', 'ws://10.0.0.5:7400'],
  ['host:80', 'ws://host:80'],
  ['wss://host', 'wss://host:7400'],
  ['[::1]:7400', 'ws://[::1]:7400'],
] as const)('%s is the address %s', ([text, address]) => {
  expect(parseAddress(text)).toBe(address);
});

test.for(['http://x', 'ws://x/path', '', 'ws://a b'])('%j is no address', (text) => {
  expect(() => parseAddress(text)).toThrow('is no address of a frontend');
});

test('tokens are private, end with their time, and a damaged file is an empty one', async () => {
  const path = join(folder, 'tokens.json');
  const tokens = new TokenCache(path);
  await tokens.set('ann', ['ws://a:1', 'ws://b:1'], { token: 't', expiresMs: 100 }, 0);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await tokens.get('ann', ['ws://b:1', 'ws://a:1'], 99)).toBe('t');
  expect(await tokens.get('ann', ['ws://b:1', 'ws://a:1'], 100)).toBeUndefined();
  await tokens.set('ann', ['ws://a:1'], undefined, 200);
  expect(await readFile(path, 'utf8')).toBe('{}\n');
  await writeFile(path, '{"ann');
  expect(await tokens.get('ann', ['ws://a:1'], 0)).toBeUndefined();
});
