import { Disposer } from '@holdfast/kernel';
import { expect, test } from 'vitest';
import { connectClient } from '../support/connect-client.ts';
import { Seeded } from '../support/seeded.ts';
import { TestCluster, untilEnded } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { Workload } from '../support/workload/workload.ts';
import { untilWhole } from './observe.ts';
import { Strikes } from './strikes.ts';

const CLIENTS = 3;
const MOST_MS = 10_000;

test('a part that is told to end under load ends in time, with every acknowledged write kept', async () => {
  const seeded = Seeded.fromEnvironment();
  console.log(`Repeat this run with HOLDFAST_TEST_SEED=${seeded.seed}`);
  await using cluster = await TestCluster.start();
  await using clients = new Disposer();
  const workloads: Workload[] = [];
  for (let number = 0; number < CLIENTS; number++) {
    const client = clients.use(await connectClient(cluster));
    const options = { folder: `/shared/client-${number}`, seeded: seeded.branch(number) };
    workloads.push(await Workload.begin(client, options));
  }
  const changes = (): number => workloads.reduce((sum, { acknowledged }) => sum + acknowledged, 0);

  let over = false;
  let failed = false;
  const running = Promise.all(workloads.map((workload) => workload.run(() => over)));
  running.catch(() => (failed = true));
  const strikes = new Strikes();
  for (const part of [...cluster.servers, 'frontend', 'server-2', 'frontend']) {
    const target = changes() + 5 + seeded.below(20);
    await until('more changes', () => failed || changes() >= target, 60_000);
    if (failed) break;
    const pid = await cluster.pidOf(part);
    const toldAt = performance.now();
    process.kill(pid, 'SIGTERM');
    strikes.landed(`SIGTERM to ${part}`, !over);
    await untilEnded([pid], MOST_MS);
    expect(performance.now() - toldAt).toBeLessThan(MOST_MS);
    await cluster.startPart(part);
  }
  over = true;
  await running;

  await untilWhole(cluster);
  for (const workload of workloads) await workload.check();
  // All at once, with nobody left to talk to.
  const pids = await Promise.all(
    ['frontend', ...cluster.servers].map((part) => cluster.pidOf(part)),
  );
  for (const pid of pids) process.kill(pid, 'SIGTERM');
  await untilEnded(pids, MOST_MS);
  await cluster.up();
  for (const workload of workloads) await workload.check();
  strikes.expectCount(6);
}, 240_000);
