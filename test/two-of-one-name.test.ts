import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterStatus } from '@holdfast/contracts';
import { expect, test } from 'vitest';
import { claimPorts } from './support/claim-ports.ts';
import { runCommand } from './support/run-command.ts';
import { HOLDFAST, TestCluster } from './support/test-cluster.ts';

test('a second server of one name is refused, with a reason, and the first goes on', async () => {
  await using cluster = await TestCluster.start({ servers: 2 });
  const own = join(cluster.data, 'cluster/server-1/server.json');
  const config = JSON.parse(await readFile(own, 'utf8'));
  const double = join(cluster.folder, 'double.json');
  await writeFile(
    double,
    JSON.stringify({
      ...config,
      listen: `ws://127.0.0.1:${await claimPorts(1)}`,
      data: join(cluster.folder, 'double'),
      clusterKey: join(cluster.data, 'cluster.key'),
    }),
  );
  const { stdout, stderr } = await runCommand(
    process.execPath,
    [HOLDFAST, 'server', '--config', double],
    { timeoutMs: 6_000, env: cluster.env },
  );
  expect(stdout + stderr).toMatch(/A server named server-1 is connected .*another name/);

  const { servers } = await cluster.json<ClusterStatus>(['status']);
  expect(servers.map(({ name, state }) => `${name} ${state}`).sort()).toEqual([
    'server-1 live',
    'server-2 live',
  ]);
  await cluster.done(['put', '-', 'fine'], { input: 'goes on' });
});

test('a second process on one data folder is refused, and the first goes on', async () => {
  await using cluster = await TestCluster.start({ servers: 1 });
  const own = join(cluster.data, 'cluster/server-1/server.json');
  const config = JSON.parse(await readFile(own, 'utf8'));
  const double = join(cluster.data, 'cluster/server-1/double.json');
  const listen = `ws://127.0.0.1:${await claimPorts(1)}`;
  await writeFile(double, JSON.stringify({ ...config, listen }));
  const { code, stderr, stdout } = await runCommand(
    process.execPath,
    [HOLDFAST, 'server', '--config', double],
    { timeoutMs: 10_000, env: cluster.env },
  );
  expect(code).toBe(6);
  expect(stderr + stdout).toMatch(/in use by process \d+\. Stop that one first/);
  await cluster.done(['put', '-', 'fine'], { input: 'goes on' });
});
