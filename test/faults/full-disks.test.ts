import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DATA_LIMITS } from '@holdfast/contracts';
import { Disposer } from '@holdfast/kernel';
import { expect, test } from 'vitest';
import { connectClient } from '../support/connect-client.ts';
import { SmallDisk } from '../support/small-disk.ts';
import { TestCluster } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { statusOf, untilWhole } from './observe.ts';
import { Strikes } from './strikes.ts';

const MIB = 1024 * 1024;
const UNAVAILABLE = 5;

/** Of 4 KiB each: far more than fit into what a journal prepares. */
const MOST_CHANGES = 50_000;

interface Stored {
  readonly copies: number;
  readonly missing: readonly string[];
}

const impossible = await SmallDisk.impossible();
if (impossible !== undefined) console.log(`Skipping full disks: ${impossible}`);

test.skipIf(impossible !== undefined)(
  "a server's full disk costs one copy until deletes give space back",
  async () => {
    await using cluster = await TestCluster.prepare();
    await using disk = await SmallDisk.mount(join(cluster.data, 'server-2'), 128 * MIB);
    await using _running = { [Symbol.asyncDispose]: () => cluster.killAll() };
    const strikes = new Strikes();
    await cluster.up();
    const content = randomBytes(24 * MIB);
    await cluster.done(['put', '-', 'first'], { input: content });

    let stored: Stored = { copies: 3, missing: [] };
    let files = 0;
    for (; stored.copies === 3 && files < 10; files++) {
      const { stdout } = await cluster.done(['put', '-', `file-${files}`, '--json'], {
        input: content,
      });
      stored = JSON.parse(stdout) as Stored;
    }
    strikes.landed('filling the disk of server-2', stored.copies < 3);
    expect(stored).toMatchObject({ copies: 2, missing: ['server-2'] });
    const { stdout: said } = await cluster.done(['put', '-', 'told'], { input: content });
    expect(said).toContain('2 of 3 copies, server-2 will be repaired');
    await using cat = cluster.begin(['cat', `file-${files - 1}`]);
    await cat.end();
    expect(content.equals(cat.output)).toBe(true);
    const full = (await statusOf(cluster)).servers.find(({ name }) => name === 'server-2');
    expect(full).toMatchObject({ state: 'live', reason: expect.stringMatching(/space|full/) });

    await cluster.done([
      'rm',
      '--yes',
      'first',
      ...Array.from({ length: files }, (_, n) => `file-${n}`),
    ]);
    await cluster.done(['trash', 'empty', '--yes']);
    await untilWhole(cluster);
    await cluster.kill('server-1', 'server-3');
    await using repaired = cluster.begin(['cat', 'told']);
    await repaired.end();
    expect(content.equals(repaired.output)).toBe(true);
    strikes.expectCount(1);
    expect(await disk.freeBytes()).toBeGreaterThan(0);
  },
);

test.skipIf(impossible !== undefined)(
  "while the frontend's disk is full reads and deletes go on, and writes are refused",
  async () => {
    await using cluster = await TestCluster.prepare();
    await using disk = await SmallDisk.mount(join(cluster.data, 'frontend'), 96 * MIB);
    await using _running = { [Symbol.asyncDispose]: () => cluster.killAll() };
    const strikes = new Strikes();
    await cluster.up();
    for (let number = 0; number < 20; number++) {
      await cluster.done(['put', '-', `file-${number}`], { input: `number ${number}` });
    }
    {
      await using _filler = await disk.fill();
      strikes.landed('filling the disk of the frontend', (await disk.freeBytes()) < 8192);
      const refused = await untilRefused(cluster);
      expect(refused.code).toBe(UNAVAILABLE);
      expect(refused.stderr).toMatch(/no space left on the frontend's disk.*delete files/);
      expect((await cluster.done(['cat', 'file-3'])).stdout).toBe('number 3');
      for (let number = 5; number < 15; number++) {
        await cluster.done(['rm', '--yes', `file-${number}`]);
      }
      expect((await cluster.done(['ls'])).stdout).not.toContain('file-7');

      // The next view must be written where there is no space, or no delete would be acknowledged again.
      await cluster.kill('server-3');
      strikes.landed('killing a server meanwhile', true);
      await cluster.done(['rm', '--yes', 'file-15']);
      await cluster.startPart('server-3');
    }
    await until('writes to be taken again', async () => {
      const { code } = await cluster.try(['put', '-', 'again'], { input: 'there is space' });
      return code === 0;
    });
    expect((await cluster.done(['cat', 'again'])).stdout).toBe('there is space');
    const { stdout } = await cluster.done(['ls']);
    expect(stdout).not.toMatch(/never|file-(5|14|15)\n/);

    strikes.expectCount(2);
  },
);

test.skipIf(impossible !== undefined)(
  'a frontend that was killed on a full disk starts there again, twice, and serves reads and deletes',
  async () => {
    await using cluster = await TestCluster.prepare();
    await using disk = await SmallDisk.mount(join(cluster.data, 'frontend'), 96 * MIB);
    await using _running = { [Symbol.asyncDispose]: () => cluster.killAll() };
    const strikes = new Strikes();
    await cluster.up();
    for (let number = 0; number < 20; number++) {
      await cluster.done(['put', '-', `file-${number}`], { input: `number ${number}` });
    }
    {
      await using fillers = new Disposer();
      fillers.use(await disk.fill('filler'));
      await untilRefused(cluster);
      for (const round of [1, 2]) {
        await cluster.kill('frontend');
        // Other programs take what it could have found.
        fillers.use(await disk.fill(`filler-${round}`));
        strikes.landed(`killing it on a full disk, ${round}`, (await disk.freeBytes()) < 8192);
        await cluster.startPart('frontend');
        expect((await cluster.done(['cat', 'file-3'])).stdout).toBe('number 3');
        await cluster.done(['rm', '--yes', `file-${10 + round}`]);
        expect((await cluster.done(['ls'])).stdout).not.toContain(`file-${10 + round}\n`);
      }
    }
    await until('writes to be taken again', async () => {
      const { code } = await cluster.try(['put', '-', 'again'], { input: 'there is space' });
      return code === 0;
    });
    await cluster.kill('frontend');
    await cluster.up();
    expect((await cluster.done(['cat', 'again'])).stdout).toBe('there is space');
    const { stdout } = await cluster.done(['ls']);
    expect(stdout).toContain('file-10\n');
    expect(stdout).not.toMatch(/never|file-1[12]\n/);
    strikes.expectCount(2);
  },
);

/** Makes changes until what the journal had prepared in advance is used up, and then one more. */
async function untilRefused(cluster: TestCluster): ReturnType<TestCluster['try']> {
  await using client = await connectClient(cluster);
  const target = 'x'.repeat(DATA_LIMITS.linkTargetBytes);
  await client.files.makeFolder({ path: '/shared/links', parents: true }).catch(() => {});
  let full = false;
  let made = 0;
  const change = async (): Promise<void> => {
    while (!full && made < MOST_CHANGES) {
      const path = `/shared/links/${process.hrtime.bigint()}-${made++}`;
      await client.files.makeLink({ path, target }).catch(() => (full = true));
    }
  };
  await Promise.all(Array.from({ length: 64 }, change));
  expect(made, 'changes on a full disk').toBeLessThan(MOST_CHANGES);
  return await cluster.try(['put', '-', 'never'], { input: 'not stored' });
}
