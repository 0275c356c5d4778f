import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { TestCluster } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { chunksOn, untilWhole } from './observe.ts';
import { Strikes } from './strikes.ts';

const MIB = 1024 * 1024;
const SERVERS = ['server-1', 'server-2', 'server-3'] as const;
/** Far more than what a client reads ahead. */
const FILE_BYTES = 64 * MIB;

const pairs = SERVERS.map((survivor) => ({
  survivor,
  victims: SERVERS.filter((server) => server !== survivor),
}));

test('each pair of servers may die in the middle of a put and of a get', async () => {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  for (const { survivor, victims } of pairs) {
    const name = `film-for-${survivor}`;
    const content = randomBytes(FILE_BYTES);
    await putThroughDeaths(cluster, { name, content, survivor, victims }, strikes);
    expect(content.equals((await readAll(cluster, name)).output)).toBe(true);

    for (const victim of victims) await cluster.startPart(victim);
    await untilWhole(cluster);
    await getThroughDeaths(cluster, { name, content, survivor, victims }, strikes);

    for (const victim of victims) await cluster.startPart(victim);
    await untilWhole(cluster);
    // What the survivor alone had is by now on each of the others.
    await cluster.kill(survivor, ...victims.slice(1));
    expect(content.equals((await readAll(cluster, name)).output)).toBe(true);
    await cluster.startPart(survivor);
    for (const victim of victims.slice(1)) await cluster.startPart(victim);
    await untilWhole(cluster);
  }
  strikes.expectCount(2 * pairs.length);
}, 300_000);

interface Scene {
  readonly name: string;
  readonly content: Buffer;
  readonly survivor: string;
  readonly victims: readonly string[];
}

async function putThroughDeaths(
  cluster: TestCluster,
  { name, content, survivor, victims }: Scene,
  strikes: Strikes,
): Promise<void> {
  const before = await chunksOn(cluster, survivor);
  await using put = cluster.begin(['put', '-', name]);
  // The last bytes are kept back, so that the put cannot end before the blow.
  const fed = put.feed(content.subarray(0, FILE_BYTES - MIB));
  await until('chunks to arrive', async () => (await chunksOn(cluster, survivor)) > before + 3);
  await cluster.kill(...victims);
  strikes.landed(`killing ${victims.join(' and ')} during a put`, put.running);
  await fed;
  await put.feed(content.subarray(FILE_BYTES - MIB));
  put.endInput();
  const { code, stdout, stderr } = await put.end();
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout).toContain(`1 of 3 copies, ${victims.join(' and ')} will be repaired`);
}

async function getThroughDeaths(
  cluster: TestCluster,
  { name, content, victims }: Scene,
  strikes: Strikes,
): Promise<void> {
  await using get = cluster.begin(['cat', name]);
  await until('the first bytes', () => get.stdoutBytes > 0);
  get.holdOutput();
  await cluster.kill(...victims);
  const rest = content.length - get.stdoutBytes;
  strikes.landed(`killing ${victims.join(' and ')} during a get`, get.running && rest > 32 * MIB);
  get.releaseOutput();
  const { code, stderr } = await get.end();
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(content.equals(get.output)).toBe(true);
}

async function readAll(cluster: TestCluster, name: string): Promise<{ output: Buffer }> {
  await using cat = cluster.begin(['cat', name]);
  const { code, stderr } = await cat.end();
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return { output: cat.output };
}
