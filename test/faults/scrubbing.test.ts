import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterStatus, ServerStatus } from '@holdfast/contracts';
import { expect, test } from 'vitest';
import { filesIn, flipBits, flipSegments } from '../support/damage.ts';
import { TestCluster } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { statusOf, untilWhole } from './observe.ts';
import { Strikes } from './strikes.ts';

const MIB = 1024 * 1024;
const DAMAGED = 7;

interface Scrubbed {
  readonly servers: readonly ServerStatus[];
  readonly damage: ClusterStatus['damage'];
  readonly frontend?: ClusterStatus['directory']['scrub'];
}

test('damage that nobody has read is found by scrubbing, and repaired from other servers', async () => {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  const content = randomBytes(24 * MIB);
  await cluster.done(['put', '-', 'film'], { input: content });
  expect((await cluster.done(['status'])).stdout).toMatch(/last scrub of server-2 +never/);

  const flipped = await flipSegments(cluster, 'server-2');
  strikes.landed('flipping bits on the disk of server-2', flipped > 5);
  const { servers, damage } = await cluster.json<Scrubbed>(['server', 'scrub']);
  const found = servers.map(({ name, scrub }) => [name, (scrub?.last?.damaged ?? 0) > 0]);
  expect(Object.fromEntries(found)).toEqual({
    'server-1': false,
    'server-2': true,
    'server-3': false,
  });
  expect(damage).toEqual({ chunks: 0, files: [] });

  await untilWhole(cluster);
  await cluster.kill('server-1', 'server-3');
  await using cat = cluster.begin(['cat', 'film']);
  expect(await cat.end()).toMatchObject({ code: 0 });
  expect(content.equals(cat.output)).toBe(true);
  const { stdout } = await cluster.done(['status']);
  expect(stdout).toMatch(/last scrub of server-2 .*ago, .* damaged/);
  strikes.expectCount(1);
}, 180_000);

test('what is damaged on every server is named, and a read of it says so', async () => {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  await cluster.done(['put', '-', 'film'], { input: randomBytes(3 * MIB) });
  await cluster.done(['put', '-', 'note'], { input: 'whole' });
  for (const server of cluster.servers) {
    // The film is what stands in the middle of the first segment.
    const [segment] = await filesIn(join(cluster.data, server, 'chunks/segments'), '.seg');
    const flipped = await flipBits(String(segment), () => [MIB, 2 * MIB]);
    strikes.landed(`flipping bits on the disk of ${server}`, flipped === 2);
  }
  const scrub = await cluster.try(['server', 'scrub']);
  expect(scrub.code).toBe(DAMAGED);
  expect(scrub.stderr).toMatch(/film.*no server has a whole copy/);
  const { damage } = await statusOf(cluster);
  expect(damage).toEqual({ chunks: 1, files: [expect.stringMatching(/\/film$/)] });
  expect((await cluster.done(['status'])).stdout).toMatch(/no server has a whole copy: .*film/);
  const cat = await cluster.try(['cat', 'film']);
  expect(cat.code).toBe(DAMAGED);
  expect(cat.stderr).toContain('No server has a whole copy');
  expect((await cluster.done(['cat', 'note'])).stdout).toBe('whole');
  // Whoever still has the file heals it by putting it again.
  await cluster.done(['put', '-', 'film'], { input: 'anew' });
  expect((await cluster.done(['cat', 'film'])).stdout).toBe('anew');
  strikes.expectCount(3);
}, 180_000);

test("a server's damaged copy of the journal is found by scrubbing, and sent anew", async () => {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  await cluster.done(['put', '-', 'note'], { input: 'kept' });
  const folder = join(cluster.data, 'server-2', 'journal');
  const [segment] = await filesIn(folder, '.log');
  // In the first batch after the header: acknowledged long ago.
  const flipped = await flipBits(String(segment), () => [4096 + 100]);
  strikes.landed("flipping a bit of server-2's journal", flipped === 1);
  await cluster.done(['server', 'scrub', 'server-2']);
  await until('the journal to be whole and in view again', async () => {
    const { servers, directory } = await statusOf(cluster);
    const server = servers.find(({ name }) => name === 'server-2');
    const mended = server?.scrub?.journalDamage === undefined && server?.state === 'live';
    return mended && directory.view.includes('server-2');
  });
  expect(await readFile(join(cluster.data, 'logs', 'server-2.log'), 'utf8')).toContain(
    'the records there are not as they were written',
  );
  // It opens again, which it would refuse with the damage still there.
  await cluster.kill('server-2');
  await cluster.startPart('server-2');
  await untilWhole(cluster);
  await cluster.kill('server-1', 'server-3');
  await cluster.done(['put', '-', 'more'], { input: 'in its journal alone' });
  expect((await cluster.done(['cat', 'note'])).stdout).toBe('kept');
  strikes.expectCount(1);
}, 180_000);

test("a name that a flipped bit took out of the frontend's map is found by scrubbing, and is there again", async () => {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  const names = Array.from({ length: 6 }, () => randomLetters(24));
  for (const name of names) await cluster.done(['put', '-', name], { input: 'kept' });
  await cluster.done(['cluster', 'stop', 'frontend', '--data', cluster.data]);
  const flipped = await flipOne(join(cluster.data, 'frontend', 'view'), names);
  strikes.landed("flipping a bit of a name in the frontend's map", flipped !== undefined);
  await cluster.startPart('frontend');
  await untilWhole(cluster);
  const { frontend } = await cluster.json<Scrubbed>(['server', 'scrub']);
  expect(frontend?.last?.damaged).toBeGreaterThan(0);
  expect(frontend?.last?.repaired).toBe(frontend?.last?.damaged);
  for (const name of names) expect((await cluster.done(['cat', name])).stdout).toBe('kept');
  expect((await cluster.done(['status'])).stdout).toMatch(
    /last scrub of the frontend .* damaged, . repaired/,
  );
  const { frontend: again } = await cluster.json<Scrubbed>(['server', 'scrub']);
  expect(again?.last?.damaged).toBe(0);
  strikes.expectCount(1);
}, 180_000);

/**
 * Flips a bit of a name in a key, which no checksum of ours covers. There a name ends with a zero; it is
 * in values, too, and where tables are compressed it may be whole in one place of several only.
 */
async function flipOne(map: string, names: readonly string[]): Promise<string | undefined> {
  for (const file of await filesIn(map, '.ldb')) {
    const bytes = await readFile(file);
    for (const name of names) {
      const at = bytes.indexOf(`${name.slice(4)}\0`);
      if (at >= 0 && (await flipBits(file, () => [at + 3])) > 0) return name;
    }
  }
  return undefined;
}

/** None that hexadecimal numbers have. */
function randomLetters(length: number): string {
  return Array.from(randomBytes(length), (byte) => 'ghijklmnopqrstuv'[byte % 16]).join('');
}

test("damage in the frontend's own journal is found by scrubbing, and a snapshot takes its place", async () => {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  await cluster.done(['put', '-', 'note'], { input: 'kept' });
  const folder = join(cluster.data, 'frontend', 'journal');
  const [segment] = await filesIn(folder, '.log');
  const flipped = await flipBits(String(segment), () => [4096 + 100]);
  strikes.landed("flipping a bit of the frontend's journal", flipped === 1);
  const { frontend } = await cluster.json<Scrubbed>(['server', 'scrub']);
  expect(frontend?.last).toMatchObject({ damaged: 1, repaired: 1 });
  expect(await filesIn(folder, '.log')).not.toContain(segment);
  await cluster.done(['put', '-', 'more'], { input: 'written since' });
  await cluster.kill('frontend');
  await rm(join(cluster.data, 'frontend', 'view'), { recursive: true });
  await cluster.startPart('frontend');
  expect((await cluster.done(['cat', 'note'])).stdout).toBe('kept');
  expect((await cluster.done(['cat', 'more'])).stdout).toBe('written since');
  await untilWhole(cluster);
  strikes.expectCount(1);
}, 180_000);
