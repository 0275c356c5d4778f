import { randomBytes } from 'node:crypto';
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ClusterStatus } from '@holdfast/contracts';
import { expect, test } from 'vitest';
import { TestCluster } from './support/test-cluster.ts';
import { until } from './support/until.ts';

interface Stored {
  readonly copies: number;
  readonly wanted: number;
}

test('a file survives two of three servers, and the cluster heals by itself', async () => {
  await using cluster = await TestCluster.start();
  const content = randomBytes(9_000_000);
  const local = join(cluster.folder, 'film');
  await writeFile(local, content);
  expect(await cluster.json<Stored>(['put', local, 'film'])).toMatchObject({
    copies: 3,
    wanted: 3,
  });
  await cluster.done(['put', '-', 'doomed'], { input: 'to be deleted' });

  await cluster.kill('server-1', 'server-2');
  await cluster.done(['get', 'film', 'back']);
  expect(content.equals(await readFile(join(cluster.folder, 'back')))).toBe(true);
  const reduced = await cluster.done(['put', '-', 'new'], { input: 'written with one server' });
  expect(reduced.stdout).toMatch(/1 of 3 copies, server-1 and server-2 will be repaired/);
  await cluster.done(['rm', '--yes', 'doomed']);

  await cluster.startPart('server-1');
  await cluster.startPart('server-2');
  await until('the repair', async () => {
    const { servers, repair } = await cluster.json<ClusterStatus>(['status']);
    return servers.every(({ state }) => state === 'live') && repair.underReplicated === 0;
  });

  await cluster.kill('server-3');
  expect((await cluster.done(['cat', 'new'])).stdout).toBe('written with one server');
  expect((await cluster.try(['cat', 'doomed'])).code).toBe(3);
});

test('the first start tells in three lines what it made, and keeps the password to itself', async () => {
  await using cluster = await TestCluster.prepare();
  const config = join(cluster.folder, 'config/holdfast/config.json');
  const other = { addresses: ['ws://127.0.0.1:1'], user: 'eve' };
  await mkdir(join(config, '..'), { recursive: true });
  await writeFile(config, JSON.stringify({ profiles: { other } }), { mode: 0o600 });

  const said = (await cluster.up()).trim().split('\n');
  expect(said).toHaveLength(3);
  expect(said.join('\n')).toContain(cluster.data);
  expect(said.join('\n')).toContain(config);
  expect(said[2]).toContain('removing that folder removes the files');

  const { profiles } = JSON.parse(await readFile(config, 'utf8'));
  expect(profiles.other).toEqual(other);
  expect(profiles.cluster.password.length).toBeGreaterThan(15);
  expect(said.join('\n')).not.toContain(profiles.cluster.password);
  for (const file of [config, join(cluster.data, 'cluster.key')]) {
    expect((await stat(file)).mode & 0o777).toBe(0o600);
  }
});

test('what is stored outlives the cluster being stopped and started', async () => {
  await using cluster = await TestCluster.start();
  await cluster.done(['put', '-', 'kept'], { input: 'still here' });
  const { stderr } = await cluster.done(['cluster', 'down', '--data', cluster.data]);
  expect(stderr).toContain('Stopped frontend, server-1, server-2, server-3');
  expect((await cluster.parts()).map((part) => part.state)).toEqual(Array(4).fill('stopped'));

  expect(await cluster.up()).toContain('Started frontend, server-1, server-2, server-3');
  expect((await cluster.done(['cat', 'kept'])).stdout).toBe('still here');
});

test('whoever forgot where their cluster is learns it from cluster ps and cluster down', async () => {
  await using cluster = await TestCluster.start({ servers: 1 });
  for (const command of ['ps', 'down']) {
    const elsewhere = ['cluster', command, '--data', join(cluster.folder, 'another')];
    expect((await cluster.done(elsewhere)).stderr).toContain(`--data ${cluster.data}`);
  }
  expect((await cluster.parts()).every(({ state }) => state === 'ready')).toBe(true);
});

test('nothing restarts what was killed, until the user does', async () => {
  await using cluster = await TestCluster.start();
  await cluster.done(['cluster', 'kill', 'server-2', '--data', cluster.data]);
  const again = ['cluster', 'up', '--if-down', '--data', cluster.data];
  expect((await cluster.done(again)).stderr).toContain('3 of 4 parts');
  const states = (await cluster.parts()).map(({ name, state }) => `${name} ${state}`);
  expect(states).toContain('server-2 stopped');
  await cluster.done(['cluster', 'stop', 'server-3', '--data', cluster.data]);
  await cluster.done(['cluster', 'up', '--data', cluster.data]);
  expect((await cluster.parts()).every(({ state }) => state === 'ready')).toBe(true);
});

test('a port of another program is named before anything is started', async () => {
  await using cluster = await TestCluster.prepare();
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(cluster.port + 2, '127.0.0.1', resolve));
  try {
    await expect(cluster.up()).rejects.toThrow(
      `server-2 cannot listen at ws://127.0.0.1:${cluster.port + 2}: another program has that port. Stop that program, or set another one in ${cluster.data}`,
    );
    expect((await cluster.parts()).filter(({ pid }) => pid !== undefined)).toEqual([]);
  } finally {
    other.close();
  }
});

test('a lost password is reset on the machine of the frontend', async () => {
  await using cluster = await TestCluster.start({ servers: 1 });
  await cluster.done(['put', '-', 'mine'], { input: 'before' });
  const config = join(cluster.folder, 'config/holdfast/config.json');
  const before = await readFile(config, 'utf8');
  await cluster.done(['admin', 'reset', '--data', cluster.data]);
  const after = await readFile(config, 'utf8');
  expect(after).not.toBe(before);
  expect((await cluster.done(['cat', 'mine'])).stdout).toBe('before');

  const { profiles } = JSON.parse(before);
  const stale = await cluster.try(
    ['--address', `ws://127.0.0.1:${cluster.port}`, '--user', 'admin', '--password-stdin', 'ls'],
    { input: `${profiles.cluster.password}\n` },
  );
  expect(stale.code).toBe(4);
});
