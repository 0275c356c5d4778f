import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sourceOfBytes } from '@holdfast/sdk';
import { expect, test } from 'vitest';
import { connectClient } from '../support/connect-client.ts';
import { TestCluster } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';
import { stateOf, statusOf, untilWhole } from './observe.ts';
import { Strikes } from './strikes.ts';

const KIB = 1024;
const MIB = 1024 * KIB;
const FILES = {
  large: { count: 24, bytes: 2 * MIB },
  small: { count: 120, bytes: 3 * KIB },
} as const;
/** What a store keeps besides: a little that is dead, and what lets a full disk take deletes. */
const DEAD_BYTES = MIB;
const BALLAST_BYTES = 8 * MIB + 64 * KIB;
/** Of each chunk its record, there and in the summary of its segment. */
const RECORD_BYTES = 2 * 64;

/** A quiet minute, and what a busy machine makes of it. */
const QUIET_MS = 120_000;

/** Bytes of the disk that a folder takes. */
async function diskBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    const found = await stat(join(entry.parentPath, entry.name)).catch(() => undefined);
    if (found?.isFile()) bytes += found.blocks * 512;
  }
  return bytes;
}

/** What each server says that it has. */
async function stored(cluster: TestCluster): Promise<{ chunkBytes: number; chunks: number }[]> {
  const { servers } = await statusOf(cluster);
  return servers.map(({ chunkBytes, chunks }) => ({ chunkBytes, chunks }));
}

test('after puts, overwrites, deletes and writes that fail, disks hold a tenth more than is needed', async () => {
  await using cluster = await TestCluster.start();
  const strikes = new Strikes();
  await using client = await connectClient(cluster);
  const put = async (name: string, bytes: number, require?: number): Promise<unknown> => {
    const options = { path: `/shared/${name}`, ...(require !== undefined && { require }) };
    return await client.putFile(sourceOfBytes(randomBytes(bytes)), options);
  };
  const remove = (name: string): Promise<unknown> =>
    client.files.remove({ path: `/shared/${name}`, recursive: false });

  const isKept = (i: number): boolean => i % 3 === 0;
  for (const [name, { count, bytes }] of Object.entries(FILES)) {
    for (let i = 0; i < count; i++) await put(`${name}-${i}`, bytes);
    for (let i = 0; i < count; i++) if (!isKept(i)) await remove(`${name}-${i}`);
  }
  // The version before is kept for a while, and so is needed.
  await put('large-0', FILES.large.bytes);
  await put('small-0', FILES.small.bytes);

  await cluster.kill('server-3');
  const lacksOne = { code: 'too-few-copies' };
  for (const bytes of [FILES.small.bytes, 8 * MIB]) {
    await expect(put('never', bytes, 3)).rejects.toMatchObject(lacksOne);
  }
  strikes.landed('killing server-3', (await stateOf(cluster, 'server-3')) !== 'live');
  await cluster.startPart('server-3');
  await untilWhole(cluster);
  await cluster.signal('server-2', 'SIGSTOP');
  await expect(put('never', 8 * MIB, 3)).rejects.toMatchObject(lacksOne);
  strikes.landed('stopping server-2', (await stateOf(cluster, 'server-2')) !== 'live');
  await cluster.signal('server-2', 'SIGCONT');
  await untilWhole(cluster);
  await client.files.emptyTrash({});

  const needed = { chunkBytes: 0, chunks: 0 };
  for (const { count, bytes } of Object.values(FILES)) {
    const chunks = count / 3 + 1;
    needed.chunks += chunks;
    needed.chunkBytes += chunks * bytes;
  }
  const allowedBytes = 1.1 * needed.chunkBytes + needed.chunks * RECORD_BYTES + DEAD_BYTES;
  await until(
    'every disk to hold a tenth more than is needed at most',
    async () => {
      expect(await stored(cluster)).toEqual(cluster.servers.map(() => needed));
      for (const server of cluster.servers) {
        const bytes = await diskBytes(join(cluster.data, server, 'chunks'));
        expect(bytes - BALLAST_BYTES, server).toBeLessThan(allowedBytes);
      }
      return true;
    },
    QUIET_MS,
  );
  strikes.expectCount(2);
}, 240_000);
