import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Disposer } from '@holdfast/kernel';
import type { HoldfastClient } from '@holdfast/sdk';
import { beforeAll, expect, test } from 'vitest';
import { connectClient } from '../support/connect-client.ts';
import { bundleWithPoints } from '../support/bundle-programs.ts';
import { until } from '../support/until.ts';
import { PointCluster } from '../torture/point-cluster.ts';
import { untilWhole } from './observe.ts';
import { Strikes } from './strikes.ts';

const MIB = 1024 * 1024;
/** Links have long targets, and so take much journal for little work. */
const LINKS = 4_000;
const LINKS_EACH = 500;
const TARGET_CHARACTERS = 4_000;
const AT_ONCE = 64;
/** A sixteenth of what they are, so that what they bound comes sixteen times as soon. */
const LIMITS = {
  engine: {
    snapshotBytes: 4 * MIB,
    snapshotShare: 0,
    snapshotMarginRecords: 125,
    unpersistedBytes: MIB,
  },
  journal: { segmentBytes: MIB, reserveBytes: 0 },
};
/**
 * What a snapshot is taken after, as much again that comes meanwhile, and a file begun and a spare. All
 * links together take 32 MiB.
 */
const MOST_JOURNAL_BYTES = 10 * MIB;

beforeAll(bundleWithPoints);

test('the journal stays bounded on every disk, and all is there that its beginning said', async () => {
  await using parts = await PointCluster.start({ limits: LIMITS });
  const { cluster } = parts;
  const strikes = new Strikes();
  await using clients = new Disposer();
  const client = clients.use(await connectClient(cluster));
  for (let folder = 0; folder < LINKS / LINKS_EACH; folder++) {
    await client.files.makeFolder({ path: `/shared/${folder}`, parents: false });
  }
  await parts.kill('server-3');
  let names = 0;
  await makeLinks(client, () => (names < LINKS ? names++ : undefined));
  const begins = async (part: string): Promise<string | undefined> =>
    (await readdir(join(cluster.data, part, 'journal'))).find((name) => name.endsWith('.log'));
  for (const part of ['frontend', 'server-1', 'server-2']) {
    await until(`${part} to forget the beginning of its journal`, async () => {
      return (await begins(part))?.endsWith('-000000000000001.log') === false;
    });
    await until(`the journal of ${part} to be short again`, async () => {
      return (await sizeOf(join(cluster.data, part, 'journal'))) < MOST_JOURNAL_BYTES;
    });
  }

  // One that was away for all of that gets the snapshot; then the frontend's disk is lost.
  parts.start('server-3');
  await untilWhole(cluster);
  strikes.landed('losing the frontend and its disk', true);
  await parts.kill('frontend', 'server-1', 'server-2');
  await rm(join(cluster.data, 'frontend'), { recursive: true });
  parts.start('server-1');
  parts.start('server-2');
  await cluster.done(['rebuild', '--data', cluster.data]);
  const again = clients.use(await connectClient(cluster));
  let found = 0;
  for (let folder = 0; folder < LINKS / LINKS_EACH; folder++) {
    for await (const { name } of again.list(`/shared/${folder}`)) {
      if (Math.floor(Number(name) / LINKS_EACH) === folder) found++;
    }
  }
  expect(found).toBe(LINKS);
  await cluster.done(['put', '-', 'note'], { input: 'goes on' });

  // The view is lost, and made anew from snapshot and journal.
  await cluster.kill('frontend');
  await rm(join(cluster.data, 'frontend/view'), { recursive: true });
  strikes.landed('deleting the view of the directory', true);
  await cluster.startPart('frontend');
  expect((await cluster.done(['cat', 'note'])).stdout).toBe('goes on');
  strikes.expectCount(2);
}, 400_000);

async function makeLinks(client: HoldfastClient, next: () => number | undefined): Promise<void> {
  const target = 'x'.repeat(TARGET_CHARACTERS);
  const makeSome = async (): Promise<void> => {
    for (let number = next(); number !== undefined; number = next()) {
      const path = `/shared/${Math.floor(number / LINKS_EACH)}/${number}`;
      await client.files.makeLink({ path, target: `${target}${number}` });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, makeSome));
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) {
    const { size } = await stat(join(folder, name)).catch(() => ({ size: 0 }));
    bytes += size;
  }
  return bytes;
}
