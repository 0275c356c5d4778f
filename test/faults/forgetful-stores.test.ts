import { randomBytes } from 'node:crypto';
import { cp, open, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { filesIn, flipBits } from '../support/damage.ts';
import { TestCluster } from '../support/test-cluster.ts';
import { statusOf, untilWhole } from './observe.ts';
import { Strikes } from './strikes.ts';

const MIB = 1024 * 1024;
const BLOCK = 4096;
const VICTIM = 'server-2';

test('a store that was torn in the middle of what was acknowledged says so, and is made whole without a command', async () => {
  await expectHealed('tearing the first segment', async (segment) => {
    const file = await open(segment, 'r+');
    // Deep into what was acknowledged, whatever was written last.
    await file.truncate(Math.floor((await stat(segment)).size / 2 / BLOCK) * BLOCK);
    await file.close();
  });
}, 180_000);

test('a store that has lost the headers of acknowledged records says so, and is made whole without a command', async () => {
  await expectHealed('flipping bits in headers', async (segment) => {
    // Of every block the first byte: of whatever records begin there.
    const flipped = await flipBits(segment, function* (size) {
      for (let at = BLOCK; at < size / 2; at += BLOCK) yield at;
    });
    expect(flipped).toBeGreaterThan(100);
  });
}, 180_000);

test('a store that is restored from an older copy forgets nothing that counts, and brings nothing back', async () => {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  await cluster.done(['put', '-', 'old'], { input: 'deleted meanwhile' });
  await cluster.kill(VICTIM);
  const folder = join(cluster.data, VICTIM);
  const copy = join(cluster.folder, 'older-copy');
  await cp(folder, copy, { recursive: true });
  await cluster.startPart(VICTIM);
  await untilWhole(cluster);

  const content = randomBytes(9 * MIB);
  await cluster.done(['put', '-', 'film'], { input: content });
  await cluster.done(['put', '-', 'note'], { input: 'kept' });
  await cluster.done(['rm', '--yes', 'old']);
  await cluster.done(['trash', 'empty', '--yes']);
  const before = await generationOf(cluster);
  await cluster.kill(VICTIM);
  await rm(folder, { recursive: true });
  await cp(copy, folder, { recursive: true });
  await cluster.startPart(VICTIM);
  await untilWhole(cluster);
  strikes.landed('restoring an older copy', (await generationOf(cluster)) > before);
  expect((await cluster.done(['ls'])).stdout).not.toContain('old');
  await expectAlone(cluster, content, 'kept');
  strikes.expectCount(1);
}, 180_000);

/** What `strike` does to the first segment of server-2 while it is stopped raises its generation. */
async function expectHealed(
  what: string,
  strike: (segment: string) => Promise<void>,
): Promise<void> {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  const content = randomBytes(9 * MIB);
  await cluster.done(['put', '-', 'film'], { input: content });
  await cluster.done(['put', '-', 'note'], { input: 'kept' });
  const before = await generationOf(cluster);
  await cluster.kill(VICTIM);
  const [segment] = await filesIn(join(cluster.data, VICTIM, 'chunks/segments'), '.seg');
  await strike(String(segment));
  await cluster.startPart(VICTIM);
  await untilWhole(cluster);
  strikes.landed(what, (await generationOf(cluster)) > before);
  await expectAlone(cluster, content, 'kept');
  strikes.expectCount(1);
}

/** As the store itself keeps it. */
async function generationOf(cluster: TestCluster): Promise<number> {
  const path = join(cluster.data, VICTIM, 'chunks/identity');
  const generation = /"generation": (\d+)/.exec(await readFile(path, 'utf8'))?.[1];
  return Number(generation);
}

/** Server-2 has every byte. */
async function expectAlone(cluster: TestCluster, content: Buffer, note: string): Promise<void> {
  expect((await statusOf(cluster)).damage).toEqual({ chunks: 0, files: [] });
  await cluster.kill('server-1', 'server-3');
  await using cat = cluster.begin(['cat', 'film']);
  expect(await cat.end()).toMatchObject({ code: 0 });
  expect(content.equals(cat.output)).toBe(true);
  expect((await cluster.done(['cat', 'note'])).stdout).toBe(note);
}
