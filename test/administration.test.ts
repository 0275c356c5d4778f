import { join } from 'node:path';
import type { ClusterStatus, ServerStatus } from '@holdfast/contracts';
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { SmallDisk } from './support/small-disk.ts';
import { TestCluster } from './support/test-cluster.ts';
import { until } from './support/until.ts';

test('the number of copies is shown to all, and set by administrators', async () => {
  await using cluster = await TestCluster.start({ servers: 2 });
  await cluster.done(['user', 'add', 'eve', '--password-stdin'], { input: 'long enough\n' });
  const asEve = ['-u', 'eve', '--password-stdin'];
  const input = 'long enough\n';

  expect((await cluster.done(['server', 'copies', '1'])).stdout).toBe('a new file gets 1 copy\n');
  const shown = await cluster.done([...asEve, 'server', 'copies', '--json'], { input });
  expect(JSON.parse(shown.stdout)).toEqual({ copies: 1 });
  const stored = await cluster.done(['put', '-', 'once'], { input: 'one copy' });
  expect(stored.stdout).toContain('on 1 server\n');
  expect((await cluster.json<ClusterStatus>(['status'])).copies).toBe(1);

  await cluster.done(['server', 'copies', 'all']);
  expect((await cluster.done(['status'])).stdout).toMatch(/copies +one on every server/);
  for (const words of [
    ['copies', '2'],
    ['invite', 'server-9'],
    ['retire', 'server-1', '--yes'],
  ]) {
    const refused = await cluster.try([...asEve, 'server', ...words], { input });
    expect(refused.code).toBe(4);
    expect(refused.stderr).toContain('Only administrators may do this, and eve is none');
  }
});

test('more copies than can be had are refused before anything is stored', async () => {
  await using cluster = await TestCluster.start({ servers: 2 });
  const refused = await cluster.try(['put', '-', 'new', '--require', '3'], { input: '' });
  expect(refused.code).toBe(5);
  expect(refused.stderr).toContain(
    '3 copies of /home/admin/new are required, and it can have 2 now',
  );
  expect((await cluster.try(['stat', 'new'])).code).toBe(3);
});

test('server ls shows that a server retires, and when it has left', async () => {
  await using cluster = await TestCluster.start({ servers: 2 });
  await cluster.done(['server', 'copies', '1']);
  for (let i = 0; i < 4; i++) await cluster.done(['put', '-', `file-${i}`], { input: `${i}` });
  const unknown = await cluster.try(['server', 'retire', 'server-7']);
  expect(unknown.code).toBe(3);
  expect(unknown.stderr).toContain('Enrolled: server-1, server-2.');

  // Only it has the last file, and nobody can take that over, so that it stays in that state.
  await cluster.kill('server-1');
  await cluster.done(['put', '-', 'file-4'], { input: '4' });
  await cluster.done(['server', 'retire', 'server-2', '--yes']);
  expect((await cluster.done(['server', 'ls'])).stdout).toMatch(/server-2 +live, retiring/);
  const [, retiring] = await cluster.json<ServerStatus[]>(['server', 'ls']);
  expect(retiring).toMatchObject({ name: 'server-2', retiring: {} });

  await cluster.startPart('server-1');
  await until('server-2 to have left', async () => {
    const servers = await cluster.json<ServerStatus[]>(['server', 'ls']);
    return servers.map(({ name }) => name).join() === 'server-1';
  });
  for (let i = 0; i < 5; i++) {
    expect((await cluster.done(['cat', `file-${i}`])).stdout).toBe(`${i}`);
  }

  // Its process runs on, and registers with the next frontend.
  await cluster.kill('frontend');
  await cluster.startPart('frontend');
  const data = join(cluster.data, 'server-2');
  const refusal = /server-2 was retired on \d{4}-\d\d-\d\d: .*empty that folder/;
  await until('server-2 to be refused', async () =>
    refusal.test((await cluster.done(['server', 'ls'])).stdout),
  );
  const told = async (): Promise<readonly string[]> =>
    (await readFile(join(cluster.data, 'logs/server-2.log'), 'utf8'))
      .split('\n')
      .filter((line) => refusal.test(line) && line.includes(data));
  await until('server-2 to say so', async () => (await told()).length > 0);
  const names = (await cluster.json<ServerStatus[]>(['server', 'ls'])).map(({ name }) => name);
  expect(names).toEqual(['server-1']);

  const tries = (await told()).filter((line) => line.includes('Waiting for the frontend'));
  expect(tries.length).toBeLessThan(2);
  await cluster.kill('server-2');

  // The cluster's folder still lists it: `cluster up` starts it with the rest, and waits for nothing.
  const upAgain = await cluster.done(['cluster', 'up', '--data', cluster.data]);
  expect(upAgain.stderr).toMatch(/Started server-2\.\nserver-2 takes no part\. .*was retired/);
  await cluster.kill('server-2');
  for (const entry of await readdir(data)) await rm(join(data, entry), { recursive: true });
  await cluster.startPart('server-2');
  await until('server-2 to join as a new one', async () =>
    /server-2 +live/.test((await cluster.done(['server', 'ls'])).stdout),
  );
});

const impossible = await SmallDisk.impossible();

test.skipIf(impossible !== undefined)(
  `a full local disk ends a get with its own error and leaves no part (${impossible ?? 'real disk'})`,
  async () => {
    await using cluster = await TestCluster.start({ servers: 1 });
    await using disk = await SmallDisk.mount(join(cluster.folder, 'disk'), 8 * 1024 * 1024);
    const folder = join(cluster.folder, 'tree');
    await mkdir(folder);
    await writeFile(join(folder, 'film'), Buffer.alloc(20_000_000, 'film'));
    await cluster.done(['put', '-r', folder]);
    for (const [words, left] of [
      [['tree/film', join(disk.folder, 'film')], '.'],
      [['-r', 'tree', join(disk.folder, 'tree')], 'tree'],
    ] as const) {
      const full = await cluster.try(['get', ...words]);
      expect(full.code).toBe(1);
      expect(full.stderr).toMatch(/Cannot write .*film: the local disk is full/);
      const names = await readdir(join(disk.folder, left));
      expect(names.filter((name) => name.includes('film'))).toEqual([]);
    }
  },
);
