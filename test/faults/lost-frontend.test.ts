import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Disposer } from '@holdfast/kernel';
import { expect, test } from 'vitest';
import { connectClient } from '../support/connect-client.ts';
import { longText } from '../support/long-text.ts';
import { Seeded } from '../support/seeded.ts';
import { TestCluster } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { Workload } from '../support/workload/workload.ts';
import { chunksOn, chunksStored, statusOf, untilWhole } from './observe.ts';
import { Strikes } from './strikes.ts';

const UNAVAILABLE = 5;

test('of a frontend whose disk is lost the directory is rebuilt, with all that was acknowledged', async () => {
  const seeded = Seeded.fromEnvironment();
  console.log(`Repeat this run with HOLDFAST_TEST_SEED=${seeded.seed}`);
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  await cluster.done(['user', 'add', 'eve', '--password-stdin'], { input: 'evening-star-9\n' });
  await using clients = new Disposer();
  const client = clients.use(await connectClient(cluster));
  const workload = await Workload.begin(client, { folder: '/shared/work', seeded });
  let over = false;
  const running = workload.run(() => over);
  running.catch(() => {});
  await until('some changes', () => workload.acknowledged > 20, 60_000);
  await loseDisk(cluster);
  strikes.landed('losing the frontend and its disk', !over);
  const begunMs = performance.now();
  const { stderr } = await cluster.done(['rebuild', '--data', cluster.data]);
  console.log(`Rebuilt in ${Math.round(performance.now() - begunMs)} ms`);
  expect(stderr).toMatch(/Rebuilt the directory from the file servers, up to change \d+\./);
  expect(stderr).not.toMatch(/missing|set aside/);
  // The client goes on in its session, by the token that it had, as if nothing had been.
  const before = workload.acknowledged;
  await until('the workload to go on', () => workload.acknowledged > before + 5, 60_000);
  over = true;
  await running;
  await untilWhole(cluster);
  await workload.check();
  await cluster.done(['put', '-', 'note'], { input: 'written after the rebuild' });

  await loseDisk(cluster);
  strikes.landed('losing its disk again', true);
  const chunks = await chunksStored(cluster);
  // It is there again, empty, and all servers come to it.
  await using start = cluster.begin(['cluster', 'start', 'frontend', '--data', cluster.data]);
  expect((await start.end()).stderr).toContain('holdfast rebuild');
  const listed = await cluster.try(['ls', '/shared']);
  expect(listed.stderr).toContain('holdfast rebuild');
  expect(listed.code).toBe(UNAVAILABLE);
  await cluster.done(['rebuild', '--data', cluster.data]);
  await untilWhole(cluster);
  expect((await cluster.done(['cat', 'note'])).stdout).toBe('written after the rebuild');
  expect(await chunksStored(cluster)).toBe(chunks);
  const eve = ['-u', 'eve', '--password-stdin', 'ls', '/home'];
  expect((await cluster.done(eve, { input: 'evening-star-9\n' })).stdout).toContain('eve');
  strikes.expectCount(2);
}, 240_000);

// fills CLUSTER_LIMITS.rebuildMs
test('a rebuild refuses while a server is missing; with its loss accepted it goes on, and keeps what returns', async () => {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  await cluster.done(['put', '-', 'old'], { input: longText('on all servers') });
  await cluster.kill('server-1');
  await cluster.done(['put', '-', 'later'], { input: longText('not on server-1') });
  await cluster.done(['rm', '--yes', 'old']);
  await cluster.kill('server-2', 'server-3');
  await loseDisk(cluster);
  strikes.landed('losing the frontend and two servers', true);
  await cluster.startPart('server-1');

  const refused = await cluster.try(['rebuild', '--data', cluster.data]);
  expect(refused.code).toBe(UNAVAILABLE);
  expect(refused.stderr).toMatch(/server-2, server-3 are missing.*--accept-loss/s);

  const accept = ['rebuild', '--accept-loss', '--yes', '--data', cluster.data];
  const { stderr } = await cluster.done(accept);
  expect(stderr).toMatch(/Changes after number \d+, of .*Z, may be missing: server-2, server-3/);
  expect((await cluster.done(['cat', 'old'])).stdout).toBe(longText('on all servers'));
  expect((await cluster.try(['cat', 'later'])).code).toBe(3);
  await cluster.done(['put', '-', 'anew'], { input: longText('in the new lineage') });

  await cluster.startPart('server-2');
  await cluster.startPart('server-3');
  await untilWhole(cluster);
  for (const name of ['server-2', 'server-3']) {
    const aside = join(cluster.data, name, 'journal/set-aside-000000');
    expect(existsSync(aside) && (await readdir(aside)).length).toBeGreaterThan(0);
    // What only the changes that were given up refer to is still there, beside what is wanted now.
    expect(await chunksOn(cluster, name)).toBe(3);
  }
  await until('status to tell of it', async () => {
    const { servers } = await statusOf(cluster);
    const telling = servers.filter(({ reason }) => reason?.includes('set-aside-000000'));
    return telling.length === 2;
  });
  await cluster.kill('server-1');
  expect((await cluster.done(['cat', 'anew'])).stdout).toBe(longText('in the new lineage'));
  expect((await cluster.done(['cat', 'old'])).stdout).toBe(longText('on all servers'));
  strikes.expectCount(1);
}, 240_000);

test('a backup is taken while the frontend runs, and an old one is refused where the servers know more', async () => {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  await cluster.done(['put', '-', 'before'], { input: 'in the backup' });
  const backup = join(cluster.folder, 'backup');
  await mkdir(backup, { mode: 0o755 });
  const taken = await cluster.done(['backup', backup, '--data', cluster.data]);
  expect(taken.stderr).toMatch(/Copied the directory up to change \d+ to .*backup\./);
  // It holds the cluster key.
  expect((await stat(backup)).mode & 0o777).toBe(0o700);
  const again = await cluster.try(['backup', backup, '--data', cluster.data]);
  expect(again.stderr).toContain('is not empty');
  await cluster.done(['put', '-', 'after'], { input: 'not in the backup' });

  await loseDisk(cluster);
  strikes.landed('losing the frontend and its disk', true);
  await cp(backup, join(cluster.data, 'frontend'), { recursive: true });
  await using start = cluster.begin(['cluster', 'start', 'frontend', '--data', cluster.data]);
  expect((await start.end()).stderr).toMatch(/from a backup.*holdfast rebuild/s);
  const refused = await cluster.try(['cat', 'before']);
  expect(refused.code).toBe(UNAVAILABLE);
  await cluster.done(['rebuild', '--data', cluster.data]);
  expect((await cluster.done(['cat', 'after'])).stdout).toBe('not in the backup');
  strikes.expectCount(1);
}, 240_000);

/** Kills the frontend and deletes its data folder. */
async function loseDisk(cluster: TestCluster): Promise<void> {
  await cluster.kill('frontend');
  await rm(join(cluster.data, 'frontend'), { recursive: true });
}
