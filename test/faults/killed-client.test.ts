import { randomBytes } from 'node:crypto';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SDK_LIMITS } from '@holdfast/sdk';
import { expect, test } from 'vitest';
import { TestCluster } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { chunksOn, statusOf } from './observe.ts';
import { Strikes } from './strikes.ts';

const MIB = 1024 * 1024;
const content = randomBytes(64 * MIB);

test('of a put whose client dies nothing is visible but an open upload', async () => {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  await cluster.done(['put', '-', 'report'], { input: 'the first version' });
  for (const [killed, name] of ['film', 'report'].entries()) {
    const before = await chunksOn(cluster, 'server-1');
    await using put = cluster.begin(['put', '-', name]);
    void put.feed(content.subarray(0, 40 * MIB));
    await until('chunks to arrive', async () => (await chunksOn(cluster, 'server-1')) > before + 3);
    put.signal('SIGKILL');
    strikes.landed(`killing the client that puts ${name}`, put.running);
    await put.end();
    expect((await statusOf(cluster)).directory.openUploads).toBe(killed + 1);
  }
  expect((await cluster.try(['stat', 'film'])).code).toBe(3);
  expect((await cluster.done(['ls'])).stdout.trim()).toBe('report');
  expect((await cluster.done(['cat', 'report'])).stdout).toBe('the first version');
  expect((await cluster.done(['status'])).stdout).toMatch(/open uploads +2/);

  // Nothing of it is in the way of the next attempt.
  const local = join(cluster.folder, 'film');
  await writeFile(local, content);
  await cluster.done(['put', local, 'film']);
  await using cat = cluster.begin(['cat', 'film']);
  await cat.end();
  expect(content.equals(cat.output)).toBe(true);
  strikes.expectCount(2);
});

test('a put that is interrupted leaves neither a file nor an open upload', async () => {
  await using cluster = await TestCluster.start({ servers: 1 });
  const strikes = new Strikes();
  await using put = cluster.begin(['put', '-', 'film']);
  void put.feed(content.subarray(0, 40 * MIB));
  await until('chunks to arrive', async () => (await chunksOn(cluster, 'server-1')) > 7);
  put.signal('SIGINT');
  strikes.landed('interrupting the client', put.running);
  expect((await put.end()).code).toBe(130);
  expect((await statusOf(cluster)).directory.openUploads).toBe(0);
  expect((await cluster.try(['stat', 'film'])).code).toBe(3);
  // Chunks that were under way when it gave up are found when the server is next looked through.
  const underWay = SDK_LIMITS.uploadChunksInFlight;
  await until('space', async () => (await chunksOn(cluster, 'server-1')) <= underWay);
  strikes.expectCount(1);
});

test('a get that dies or is interrupted leaves no file under the name it was to have', async () => {
  await using cluster = await TestCluster.start({ servers: 1 });
  const strikes = new Strikes();
  const local = join(cluster.folder, 'film');
  await writeFile(local, content);
  await cluster.done(['put', local, 'film']);
  const target = join(cluster.folder, 'downloads');
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    await using get = cluster.begin(['get', 'film', `${target}-${signal}`]);
    const parts = async (): Promise<string[]> =>
      (await readdir(cluster.folder)).filter((name) => name.endsWith('.part'));
    await until('the file in the making', async () => (await parts()).length > 0);
    get.signal(signal);
    strikes.landed(`${signal} to the client that gets`, get.running);
    const { code } = await get.end();
    expect(code).toBe(signal === 'SIGKILL' ? null : 130);
    expect(await readdir(cluster.folder)).not.toContain(`downloads-${signal}`);
    expect(await parts()).toHaveLength(signal === 'SIGKILL' ? 1 : 0);
  }
  strikes.expectCount(2);
});
