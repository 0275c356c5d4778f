import { randomBytes } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TestCluster } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { chunksOn, stateOf, statusOf, untilWhole } from './observe.ts';
import { Strikes } from './strikes.ts';

const MIB = 1024 * 1024;
/** The server is given up after 5 s; the rest is for a busy machine. */
const DELAY_MS = 5_000 + 10_000;

test('uploads outlast a server that hangs, which comes back by itself and is made whole', async () => {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  const content = randomBytes(48 * MIB);
  await cluster.done(['put', '-', 'before'], { input: content });

  const already = await chunksOn(cluster, 'server-1');
  await using large = cluster.begin(['put', '-', 'large']);
  const fed = large.feed(content.subarray(0, 40 * MIB));
  await until('chunks to arrive', async () => (await chunksOn(cluster, 'server-1')) > already + 2);
  const stoppedAt = performance.now();
  await cluster.signal('server-2', 'SIGSTOP');
  strikes.landed('stopping server-2 during uploads', large.running);
  const small = cluster.done(['put', '-', 'small'], { input: 'written while server-2 hangs' });
  await fed;
  await large.feed(content.subarray(40 * MIB));
  large.endInput();
  const { code, stdout } = await large.end();
  expect(code).toBe(0);
  expect(stdout).toContain('2 of 3 copies, server-2 will be repaired');
  await small;
  expect(performance.now() - stoppedAt).toBeLessThan(DELAY_MS);
  expect(await stateOf(cluster, 'server-2')).toBe('suspect');

  // Once it is known to hang, nobody waits for it any more.
  const again = performance.now();
  await cluster.done(['put', '-', 'later'], { input: 'written after that' });
  await cluster.done(['get', 'before', 'back', '--force']);
  expect(performance.now() - again).toBeLessThan(5_000);

  await cluster.signal('server-2', 'SIGCONT');
  await untilWhole(cluster);
  await cluster.kill('server-1', 'server-3');
  await using cat = cluster.begin(['cat', 'large']);
  await cat.end();
  expect(content.equals(cat.output)).toBe(true);
  expect((await cluster.done(['cat', 'later'])).stdout).toBe('written after that');
  strikes.expectCount(1);
});

test('a download outlasts servers that hang in the middle of it', async () => {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  const content = randomBytes(64 * MIB);
  const local = join(cluster.folder, 'film');
  await writeFile(local, content);
  await cluster.done(['put', local, 'film']);

  await using get = cluster.begin(['cat', 'film']);
  await until('the first bytes', () => get.stdoutBytes > 0);
  get.holdOutput();
  await cluster.signal('server-1', 'SIGSTOP');
  await cluster.signal('server-3', 'SIGSTOP');
  strikes.landed('stopping two servers during a get', get.stdoutBytes < content.length / 2);
  get.releaseOutput();
  expect((await get.end()).code).toBe(0);
  expect(content.equals(get.output)).toBe(true);

  await until('both to be shown as suspect', async () => {
    const { servers } = await statusOf(cluster);
    return servers.filter(({ state }) => state === 'suspect').length === 2;
  });
  await cluster.signal('server-1', 'SIGCONT');
  await cluster.signal('server-3', 'SIGCONT');
  await untilWhole(cluster);
  strikes.expectCount(1);
});
