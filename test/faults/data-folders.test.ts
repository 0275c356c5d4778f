import { randomBytes } from 'node:crypto';
import { open, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DATA_LIMITS } from '@holdfast/contracts';
import { SDK_LIMITS } from '@holdfast/sdk';
import { expect, test } from 'vitest';
import { Seeded } from '../support/seeded.ts';
import { TestCluster } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { chunksOn, statusOf, untilWhole } from './observe.ts';
import { Strikes } from './strikes.ts';

const MIB = 1024 * 1024;
const UNAVAILABLE = 5;

test('a server whose data folder is gone comes back empty, and is filled without a command', async () => {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  const content = randomBytes(24 * MIB);
  await cluster.done(['put', '-', 'film'], { input: content });
  await cluster.done(['put', '-', 'note'], { input: 'a small one' });
  const chunks = await chunksOn(cluster, 'server-2');
  const before = await statusOf(cluster);

  await stop(cluster, 'server-2');
  await rm(join(cluster.data, 'server-2'), { recursive: true });
  strikes.landed('deleting the data folder of server-2', chunks > 0);
  await cluster.done(['put', '-', 'meanwhile'], { input: 'written without it' });
  await cluster.startPart('server-2');
  await untilWhole(cluster);
  const after = await statusOf(cluster);
  expect(after.servers.map(({ name }) => name).sort()).toEqual(
    before.servers.map(({ name }) => name).sort(),
  );
  expect(await chunksOn(cluster, 'server-2')).toBe(chunks + 1);

  await cluster.kill('server-1', 'server-3');
  await expectContent(cluster, 'film', content);
  expect((await cluster.done(['cat', 'meanwhile'])).stdout).toBe('written without it');
  strikes.expectCount(1);
});

test('bytes that were changed on a disk are never handed out, and are replaced', async () => {
  const seeded = Seeded.fromEnvironment();
  console.log(`Repeat this run with HOLDFAST_TEST_SEED=${seeded.seed}`);
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  // As many chunks as a client reads at once, so that one read finds all that are damaged.
  const content = randomBytes(SDK_LIMITS.readAheadChunks * DATA_LIMITS.chunkBytes);
  await cluster.done(['put', '-', 'film'], { input: content });

  // First under a server that runs, then under one that is stopped.
  for (const [victim, ...others] of [
    ['server-1', 'server-2', 'server-3'],
    ['server-2', 'server-1', 'server-3'],
  ] as const) {
    const runs = victim === 'server-1';
    if (!runs) await stop(cluster, victim);
    await damage(cluster, victim, seeded);
    if (!runs) await cluster.startPart(victim);
    await cluster.kill(...others);
    await using alone = cluster.begin(['cat', 'film']);
    const { code, stderr } = await alone.end();
    strikes.landed(`changing bytes on the disk of ${victim}`, code === UNAVAILABLE);
    expect(stderr).toMatch(/only on servers that do not answer now: .*Start one of them/);
    expect(content.subarray(0, alone.stdoutBytes).equals(alone.output)).toBe(true);

    for (const other of others) await cluster.startPart(other);
    await expectContent(cluster, 'film', content);
    await untilWhole(cluster);
    await cluster.kill(...others);
    await expectContent(cluster, 'film', content);
    for (const other of others) await cluster.startPart(other);
    await untilWhole(cluster);
  }
  strikes.expectCount(2);
}, 180_000);

test('data folders that are swapped are refused by name, and serve again once they are put back', async () => {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  const content = randomBytes(9 * MIB);
  await cluster.done(['put', '-', 'film'], { input: content });
  await stop(cluster, 'server-1');
  await stop(cluster, 'server-2');
  await swap(cluster, 'server-1', 'server-2');
  for (const [name, owner] of [
    ['server-1', 'server-2'],
    ['server-2', 'server-1'],
  ]) {
    const start = await cluster.try(['cluster', 'start', String(name), '--data', cluster.data]);
    strikes.landed(`starting ${name} on another's folder`, true);
    const sentence = `The data folder of ${name} is that of ${owner}`;
    await until('the refusal', async () => {
      if (start.stderr.includes(sentence)) return true;
      const log = await open(join(cluster.data, 'logs', `${name}.log`));
      await using _log = { [Symbol.asyncDispose]: () => log.close() };
      return (await log.readFile('utf8')).includes(sentence);
    });
  }
  await expectContent(cluster, 'film', content);
  await cluster.done(['put', '-', 'meanwhile'], { input: 'on server-3' });
  const { servers } = await statusOf(cluster);
  expect(servers.filter(({ state }) => state === 'live').map(({ name }) => name)).toEqual([
    'server-3',
  ]);

  await cluster.kill('server-1', 'server-2');
  await swap(cluster, 'server-1', 'server-2');
  await cluster.startPart('server-1');
  await cluster.startPart('server-2');
  await untilWhole(cluster);
  await cluster.kill('server-3');
  await expectContent(cluster, 'film', content);
  expect((await cluster.done(['cat', 'meanwhile'])).stdout).toBe('on server-3');
  strikes.expectCount(2);
});

async function stop(cluster: TestCluster, name: string): Promise<void> {
  await cluster.done(['cluster', 'stop', name, '--data', cluster.data]);
}

async function expectContent(cluster: TestCluster, name: string, content: Buffer): Promise<void> {
  await using cat = cluster.begin(['cat', name]);
  expect(await cat.end()).toMatchObject({ code: 0, stderr: '' });
  expect(content.equals(cat.output)).toBe(true);
}

/** Flips bytes all over the segments of a server: in every MiB at least one. */
async function damage(cluster: TestCluster, server: string, seeded: Seeded): Promise<void> {
  const folder = join(cluster.data, server, 'chunks/segments');
  let flipped = 0;
  for (const name of await readdir(folder)) {
    const file = await open(join(folder, name), 'r+');
    try {
      const { size } = await file.stat();
      for (let from = 0; from < size; from += MIB) {
        const at = from + seeded.below(Math.min(MIB, size - from));
        const byte = Buffer.alloc(1);
        await file.read(byte, 0, 1, at);
        await file.write(Buffer.from([(byte[0] ?? 0) ^ 0x10]), 0, 1, at);
        flipped++;
      }
      await file.sync();
    } finally {
      await file.close();
    }
  }
  expect(flipped).toBeGreaterThan(15);
}

async function swap(cluster: TestCluster, one: string, other: string): Promise<void> {
  const [a, b] = [join(cluster.data, one), join(cluster.data, other)];
  await rename(a, `${a}.moved`);
  await rename(b, a);
  await rename(`${a}.moved`, b);
}
