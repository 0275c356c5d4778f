import { setTimeout as pause } from 'node:timers/promises';
import { Disposer } from '@holdfast/kernel';
import { expect, test } from 'vitest';
import { connectClient } from '../support/connect-client.ts';
import { Seeded } from '../support/seeded.ts';
import { TestCluster } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { Workload } from '../support/workload/workload.ts';
import { untilWhole } from './observe.ts';
import { Strikes } from './strikes.ts';

const KILLS = 20;
const CLIENTS = 4;
/** Changes between two kills, and the time after the last of them, at most. */
const MOST_CHANGES = 12;
const MOST_PAUSE_MS = 60;
/** Every so manyth frontend is killed once more before it serves. */
const KILLED_AT_START = 4;

test('nothing acknowledged is lost, undone or done twice, whenever the frontend is killed', async () => {
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
  const sum = (figure: 'acknowledged' | 'interrupted'): number =>
    workloads.reduce((total, workload) => total + workload[figure], 0);

  let over = false;
  const running = Promise.all(workloads.map((workload) => workload.run(() => over)));
  let failed = false;
  running.catch(() => (failed = true));
  const strikes = new Strikes();
  while (strikes.count < KILLS && !failed) {
    const target = sum('acknowledged') + 1 + seeded.below(MOST_CHANGES);
    await until('more changes', () => failed || sum('acknowledged') >= target, 60_000);
    // Not only right after a change: a kill must be able to strike at every step of one.
    await pause(seeded.below(MOST_PAUSE_MS));
    await cluster.kill('frontend');
    strikes.landed('killing the frontend', !over);
    if (strikes.count % KILLED_AT_START === 0) {
      await using start = cluster.begin(['cluster', 'start', 'frontend', '--data', cluster.data]);
      await until('the new process', async () => await cluster.pidOf('frontend'));
      await pause(seeded.below(5 * MOST_PAUSE_MS));
      await cluster.kill('frontend');
      strikes.landed('killing the frontend that starts', start.pid > 0);
    }
    await cluster.startPart('frontend');
  }
  over = true;
  await running;

  expect(strikes.count).toBeGreaterThanOrEqual(KILLS);
  expect(sum('interrupted')).toBeGreaterThan(KILLS / 2);
  await untilWhole(cluster);
  for (const workload of workloads) await workload.check();
  await cluster.kill('frontend', ...cluster.servers);
  await cluster.up();
  for (const workload of workloads) await workload.check();
  console.log(
    `${strikes.count} kills, ${sum('interrupted')} of ${sum('acknowledged')} changes under way`,
  );
}, 300_000);
