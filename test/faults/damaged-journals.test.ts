import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesIn, flipBits } from '../support/damage.ts';
import { TestCluster } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { statusOf, untilWhole } from './observe.ts';
import { Strikes } from './strikes.ts';

const VICTIM = 'server-2';

test('a journal that was damaged while its part was stopped is set aside and made anew, without a command', async () => {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  await cluster.done(['put', '-', 'note'], { input: 'kept' });

  await cluster.kill(VICTIM);
  await damageJournal(cluster, VICTIM);
  await cluster.startPart(VICTIM);
  strikes.landed('flipping a bit in the journal of server-2', await hasSetAside(cluster, VICTIM));
  await untilInView(cluster);
  const { servers } = await statusOf(cluster);
  const victim = servers.find(({ name }) => name === VICTIM);
  expect(victim?.reason).toMatch(/copy of the journal was damaged.*journal\/damaged-000000/);

  // With everything down, the frontend says whom it needs; with one server of the last view it goes on.
  await cluster.kill('frontend', ...cluster.servers);
  await damageJournal(cluster, 'frontend');
  await rm(join(cluster.data, 'frontend', 'view'), { recursive: true });
  await using start = cluster.begin(['cluster', 'start', 'frontend', '--data', cluster.data]);
  expect((await start.end()).stderr).toMatch(
    /journal was damaged.*Start server-1, server-2, server-3.*holdfast rebuild/s,
  );
  strikes.landed('flipping a bit in that of the frontend', await hasSetAside(cluster, 'frontend'));
  await cluster.startPart(VICTIM);
  expect((await cluster.done(['cat', 'note'])).stdout).toBe('kept');
  await cluster.done(['put', '-', 'more'], { input: 'written since' });
  await cluster.startPart('server-1');
  await cluster.startPart('server-3');
  await untilWhole(cluster);
  await cluster.kill('server-1', VICTIM);
  expect((await cluster.done(['cat', 'more'])).stdout).toBe('written since');
  strikes.expectCount(2);
}, 180_000);

/** In the first batch after the header: acknowledged long ago, and followed by others. */
async function damageJournal(cluster: TestCluster, part: string): Promise<void> {
  const [segment] = await filesIn(join(cluster.data, part, 'journal'), '.log');
  await flipBits(String(segment), () => [4096 + 100]);
}

async function hasSetAside(cluster: TestCluster, part: string): Promise<boolean> {
  return (await readdir(join(cluster.data, part, 'journal'))).includes('damaged-000000');
}

async function untilInView(cluster: TestCluster): Promise<void> {
  await until('server-2 to be in view', async () =>
    (await statusOf(cluster)).directory.view.includes(VICTIM),
  );
}
