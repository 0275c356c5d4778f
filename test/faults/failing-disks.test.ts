import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ServerStatus } from '@holdfast/contracts';
import { expect, test } from 'vitest';
import { FailingCalls } from '../support/failing-calls.ts';
import { longText } from '../support/long-text.ts';
import { SmallDisk } from '../support/small-disk.ts';
import { TestCluster } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { statusOf, untilWhole } from './observe.ts';
import { Strikes } from './strikes.ts';

const MIB = 1024 * 1024;
const VICTIM = 'server-2';

interface Stored {
  readonly copies: number;
  readonly missing: readonly string[];
}

const noMount = await SmallDisk.impossible();
if (noMount !== undefined) console.log(`Skipping disks that become read-only: ${noMount}`);
const noFailing = await FailingCalls.impossible();
if (noFailing !== undefined) console.log(`Skipping disks whose calls fail: ${noFailing}`);

test('a data folder that is deleted under a running server costs no acknowledged write, and is filled again after a restart', async () => {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  const content = randomBytes(9 * MIB);
  await cluster.done(['put', '-', 'film'], { input: content });
  await rm(join(cluster.data, VICTIM), { recursive: true });
  strikes.landed('deleting the data folder under server-2', true);
  await expectLeftOut(cluster, /deleted while it was open/);
  await expectContent(cluster, 'film', content);
  await healAfterRestart(cluster, content);
  strikes.expectCount(1);
}, 180_000);

test.skipIf(noMount !== undefined)(
  'a disk that becomes read-only under a running server costs one copy until it was mended',
  async () => {
    await using cluster = await TestCluster.prepare();
    await using disk = await SmallDisk.mount(join(cluster.data, VICTIM), 256 * MIB);
    await using _running = { [Symbol.asyncDispose]: () => cluster.killAll() };
    const strikes = new Strikes();
    await cluster.up();
    const content = randomBytes(9 * MIB);
    await cluster.done(['put', '-', 'film'], { input: content });
    await disk.breakDown();
    strikes.landed('making the disk of server-2 read-only', true);
    await expectLeftOut(cluster, /takes no more writes, because its disk failed/);
    await healAfterRestart(cluster, content, () => disk.mend());
    strikes.expectCount(1);
  },
  180_000,
);

test.skipIf(noFailing !== undefined)(
  'a sync that fails once ends writing on a server for good, until it is started again',
  async () => {
    await using cluster = await TestCluster.start();
    await using calls = await failing(cluster);
    const strikes = new Strikes();
    const content = randomBytes(9 * MIB);
    await cluster.done(['put', '-', 'film'], { input: content });
    {
      await using _failing = await calls.fail('sync');
      await expectLeftOut(cluster, /disk failed .*Check the disk/);
      strikes.landed('EIO on a sync of server-2', await calls.hasFailed('sync'));
    }
    // The disk would do its work again; what became of the writes before, nobody knows.
    const again = await put(cluster, 'again', longText('x'));
    expect(again).toMatchObject({ copies: 2, missing: [VICTIM] });
    await healAfterRestart(cluster, content);
    strikes.expectCount(1);
  },
  180_000,
);

test.skipIf(noFailing !== undefined)(
  'a disk that cannot be read costs a reader nothing, and what it held is made anew',
  async () => {
    await using cluster = await TestCluster.start();
    await using calls = await failing(cluster);
    const strikes = new Strikes();
    const content = randomBytes(9 * MIB);
    await cluster.done(['put', '-', 'film'], { input: content });
    {
      await using _failing = await calls.fail('read');
      await expectContent(cluster, 'film', content);
      await cluster.done(['server', 'scrub', VICTIM]);
      strikes.landed('EIO on reads of server-2', await calls.hasFailed('read'));
    }
    await healAfterRestart(cluster, content);
    strikes.expectCount(1);
  },
  180_000,
);

/** Server-2 started again in a way that lets its calls fail. */
async function failing(cluster: TestCluster): Promise<FailingCalls> {
  const calls = await FailingCalls.for(join(cluster.data, VICTIM));
  await cluster.kill(VICTIM);
  Object.assign(cluster.env, calls.env);
  await cluster.startPart(VICTIM);
  for (const name of Object.keys(calls.env)) delete cluster.env[name];
  await untilWhole(cluster);
  return calls;
}

async function put(cluster: TestCluster, name: string, input: string): Promise<Stored> {
  const { stdout } = await cluster.done(['put', '-', name, '--json'], { input });
  return JSON.parse(stdout) as Stored;
}

async function victim(cluster: TestCluster): Promise<ServerStatus> {
  const server = (await statusOf(cluster)).servers.find(({ name }) => name === VICTIM);
  if (!server) throw new Error(`${VICTIM} is not enrolled`);
  return server;
}

/** Writes go on without server-2, and the status says why. */
async function expectLeftOut(cluster: TestCluster, reason: RegExp): Promise<void> {
  const stored = await put(cluster, 'meanwhile', longText('written without it'));
  expect(stored).toMatchObject({ copies: 2, missing: [VICTIM] });
  await until('the status to say why', async () => {
    const { state, reason: why } = await victim(cluster);
    return state === 'read-only' && reason.test(why ?? '');
  });
  expect((await cluster.done(['server', 'ls'])).stdout).toMatch(/server-2 +read-only/);
}

async function healAfterRestart(
  cluster: TestCluster,
  content: Buffer,
  mend: () => Promise<void> = async () => {},
): Promise<void> {
  await cluster.kill(VICTIM);
  await mend();
  await cluster.startPart(VICTIM);
  await untilWhole(cluster);
  await cluster.kill('server-1', 'server-3');
  await expectContent(cluster, 'film', content);
}

async function expectContent(cluster: TestCluster, name: string, content: Buffer): Promise<void> {
  await using cat = cluster.begin(['cat', name]);
  expect(await cat.end()).toMatchObject({ code: 0 });
  expect(content.equals(cat.output)).toBe(true);
}
