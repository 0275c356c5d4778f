import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fc, test as property } from '@fast-check/vitest';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ensureClusterKey, installClusterKey } from './cluster-key.ts';
import { clearTextNotice, loadFrontendConfig, loadServerConfig } from './instance-config.ts';
import { parseLocatedJson } from './json-lines.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-config-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const SERVER = {
  name: 'server-1',
  listen: 'ws://127.0.0.1:7401',
  data: 'local/server-1',
  frontends: ['ws://127.0.0.1:7400'],
  clusterKey: 'local/cluster.key',
};

async function written(content: unknown, path = 'cluster/server-1/server.json'): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content, null, 2));
  return file;
}

test('paths are meant from the folder that holds cluster/', async () => {
  const config = await loadServerConfig(await written(SERVER));
  expect(config.data).toBe(join(folder, 'local/server-1'));
  expect(config.clusterKey).toBe(join(folder, 'local/cluster.key'));
  expect(config.address).toBe('ws://127.0.0.1:7401');
});

test('a folder and a value of another type are named with what is to be there', async () => {
  const inside = dirname(await written(SERVER));
  await expect(loadServerConfig(inside)).rejects.toThrow(`${inside} is a folder`);
  const file = await written({ ...SERVER, data: 7 });
  await expect(loadServerConfig(file)).rejects.toThrow(/server\.json:4: "data": expected a string/);
});

test('elsewhere, paths are meant from the file itself', async () => {
  const config = await loadServerConfig(await written(SERVER, 'etc/s.json'));
  expect(config.data).toBe(join(folder, 'etc/local/server-1'));
});

test('a missing file is named, with what to do', async () => {
  const file = join(folder, 'cluster/none/server.json');
  await expect(loadServerConfig(file)).rejects.toMatchObject({
    code: 'not-found',
    message: expect.stringContaining(`no configuration file ${file}`),
  });
});

test.for([
  ['{\n  "name": "a",\n}', 3, 'comma'],
  ['{\n  "name" "a"\n}', 2, 'colon'],
  ['{\n\n  name: 1 }', 3, 'key in double quotes'],
  ['{ "name": "a",\n "name": "b" }', 2, 'twice'],
  ['', 1, 'value'],
  ['{ "name": "a" }\n}', 2, 'end of the file'],
  ['{ "name": "a', 1, 'not closed'],
] as const)('%j is not JSON, and the line is named', async ([text, line, hint]) => {
  const file = await written(text);
  const error: Error = await loadServerConfig(file).catch((e) => e);
  expect(error.message).toContain(`${file}:${line}: this is not JSON`);
  expect(error.message).toContain(hint);
});

test.for([
  [{ ...SERVER, adress: 'ws://127.0.0.1:1' }, 9, 'unknown key "adress"'],
  [{ ...SERVER, frontends: [] }, 5, '"frontends"'],
  [
    { ...SERVER, frontends: ['ws://127.0.0.1:1', '127.0.0.1'] },
    7,
    '"frontends.1": expected an address',
  ],
  [{ ...SERVER, listen: 7401 }, 3, '"listen"'],
  [{ ...SERVER, frontends: [] }, 5, '"frontends": name at least one frontend, such as'],
  [{ ...SERVER, frontends: 'ws://a:1' }, 5, '"frontends": expected an array'],
  [{ ...SERVER, name: 'Server 1' }, 2, '"name": expected lower-case'],
  [{ ...SERVER, data: undefined }, 1, 'the key "data" is missing'],
] as const)('a wrong key is named with its line: %j', async ([content, line, hint]) => {
  const file = await written(content);
  const error: Error = await loadServerConfig(file).catch((e) => e);
  expect(error.message).toContain(`${file}:${line}: ${hint}`);
});

test('off loopback a part starts only with "insecure", and then says so', async () => {
  const far = { ...SERVER, listen: 'ws://0.0.0.0:7401', address: 'ws://10.0.0.5:7401' };
  await expect(loadServerConfig(await written(far))).rejects.toThrow('"insecure": true');
  await expect(
    loadServerConfig(await written({ ...SERVER, frontends: ['ws://10.0.0.1:7400'] })),
  ).rejects.toThrow('ws://10.0.0.1:7400 is not on this machine');

  const config = await loadServerConfig(await written({ ...far, insecure: true }));
  expect(config.address).toBe('ws://10.0.0.5:7401');
  expect(clearTextNotice(config)).toContain('travel in clear');
  expect(clearTextNotice(await loadServerConfig(await written(SERVER)))).toBeUndefined();
});

test('a part that listens everywhere must say where it is reached', async () => {
  const file = await written({ ...SERVER, listen: 'ws://0.0.0.0:7401', insecure: true });
  await expect(loadServerConfig(file)).rejects.toThrow('Add "address"');
});

test('a frontend has its own keys and defaults', async () => {
  const { frontends: _, ...shared } = SERVER;
  const administrator = { user: 'admin', passwordFile: 'local/admin.password' };
  const file = await written({ ...shared, administrator }, 'cluster/frontend/frontend.json');
  const config = await loadFrontendConfig(file);
  expect(config).toMatchObject({ copies: 3, agreement: { kind: 'file' }, insecure: false });
  expect(config.administrator?.passwordFile).toBe(join(folder, 'local/admin.password'));
});

test('parts that start together make one key, private and whole', async () => {
  const path = join(folder, 'new/cluster.key');
  const keys = await Promise.all(Array.from({ length: 20 }, () => ensureClusterKey(path)));
  expect(new Set(keys.map((key) => Buffer.from(key).toString('hex'))).size).toBe(1);
  expect(keys[0]?.length).toBe(32);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(dirname(path))).toEqual(['cluster.key']);
});

test('a key of another cluster is not overwritten', async () => {
  const path = join(folder, 'other/cluster.key');
  const key = await ensureClusterKey(path);
  await expect(installClusterKey(path, new Uint8Array(32))).rejects.toMatchObject({
    code: 'already-exists',
  });
  await installClusterKey(path, key);
  expect((await readFile(path, 'utf8')).trim()).toBe(Buffer.from(key).toString('hex'));
});

test('a file that is no key is refused', async () => {
  const path = await written('secret', 'bad.key');
  await expect(ensureClusterKey(path)).rejects.toThrow('is not a cluster key');
});

property.prop([fc.json(), fc.constantFrom(undefined, 1, '\t')])(
  'every JSON text is read as JSON.parse reads it',
  (text, indent) => {
    const formatted = JSON.stringify(JSON.parse(text), null, indent);
    expect(parseLocatedJson(formatted).value).toEqual(JSON.parse(formatted));
  },
);

test('a token that opens the metrics to other machines must not be short', async () => {
  const metricsToken = 'sixteen-characters';
  const config = await loadServerConfig(await written({ ...SERVER, metricsToken }));
  expect(config.metricsToken).toBe(metricsToken);
  const short = loadServerConfig(await written({ ...SERVER, metricsToken: 'short' }));
  await expect(short).rejects.toThrow('metricsToken');
});
