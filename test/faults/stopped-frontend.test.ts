import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { TestCluster } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { chunksOn, statusOf } from './observe.ts';
import { Strikes } from './strikes.ts';

const MIB = 1024 * 1024;
/** Twice as long as a server may be silent. */
const STOPPED_MS = 10_000;

test('a frontend that was stopped for 10 s goes on with all its servers and clients', async () => {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  const content = randomBytes(32 * MIB);
  const already = await chunksOn(cluster, 'server-1');
  const epochBefore = (await statusOf(cluster)).frontend.epoch;

  await using put = cluster.begin(['put', '-', 'large']);
  const fed = put.feed(content.subarray(0, 24 * MIB));
  await until('chunks to arrive', async () => (await chunksOn(cluster, 'server-1')) > already + 1);
  await cluster.signal('frontend', 'SIGSTOP');
  strikes.landed('stopping the frontend during a put', put.running);
  await pause(STOPPED_MS);
  await cluster.signal('frontend', 'SIGCONT');
  await fed;
  await put.feed(content.subarray(24 * MIB));
  put.endInput();
  const { code, stdout } = await put.end();
  expect(code).toBe(0);
  expect(stdout).not.toContain('will be repaired');

  const { servers, frontend, repair } = await statusOf(cluster);
  expect(servers.map(({ state }) => state)).toEqual(['live', 'live', 'live']);
  expect([frontend.epoch, repair.underReplicated]).toEqual([epochBefore, 0]);
  const log = await readFile(join(cluster.data, 'logs/frontend.log'), 'utf8');
  expect(log).not.toMatch(/server-\d (is gone|does not answer)/);
  await using cat = cluster.begin(['cat', 'large']);
  await cat.end();
  expect(content.equals(cat.output)).toBe(true);
  strikes.expectCount(1);
});
