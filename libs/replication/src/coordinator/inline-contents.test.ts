import { openChunkStore } from '@holdfast/chunk-store';
import type { ChunkStore, StoreId, WriteResult } from '@holdfast/contracts';
import { blake3Hasher } from '@holdfast/crypto';
import { joinParts, toHex } from '@holdfast/kernel';
import { mirrorPlacement } from '@holdfast/placement';
import { seededRandom, simulatedClock, simulatedDisk } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { ClusterScene } from '../testing/cluster-scene.ts';

const NAMES = ['server-1', 'server-2', 'server-3'];
const PATH = '/shared/a';

interface InlineScene {
  readonly cluster: ClusterScene;
  readonly run: <T>(task: Promise<T>) => Promise<T>;
  readonly write: (bytes: Uint8Array, require?: number) => Promise<WriteResult>;
  /** How many chunks are on stores, as the directory has it. */
  readonly chunks: () => Promise<number>;
  /** How many chunks are really there. */
  readonly stored: () => number;
  readonly pass: (ms: number) => Promise<void>;
}

/** Three servers that are live and in view. */
async function inlineScene(): Promise<InlineScene> {
  const clock = simulatedClock();
  const random = seededRandom(1);
  const parts = { clock, hasher: blake3Hasher, random, placement: mirrorPlacement() };
  const cluster = new ClusterScene(parts);
  const run = clock.run.bind(clock);
  await run(cluster.directory.ensureRoots());
  const stores: ChunkStore[] = [];
  for (const name of NAMES) {
    const disk = simulatedDisk({ random: random.fork(name) }).mount();
    const options = { ...parts, disk, folder: 'chunks', reserveBytes: 0, ballastBytes: 0 };
    const store = await run(openChunkStore({ ...options, random: random.fork(`ids ${name}`) }));
    stores.push(store);
    await run(cluster.join(name, store));
  }
  await clock.advance(LIMITS.noteEveryMs);
  cluster.inView = NAMES.map((name) => cluster.store(name));
  expect(cluster.members.live).toHaveLength(NAMES.length);
  return {
    cluster,
    run,
    write: async (bytes, require) => {
      const hash = toHex(blake3Hasher.hash([bytes])) as never;
      const options = { path: PATH, hash, content: [bytes], ...(require && { require }) };
      return await run(cluster.files.write(options, cluster.call()));
    },
    stored: () => stores.reduce((sum, store) => sum + store.list(undefined, 100).length, 0),
    pass: (ms) => clock.advance(ms),
    chunks: async () => {
      const on = async (store: StoreId): Promise<number> =>
        (await cluster.directory.chunksOn(store, undefined, 100)).length;
      const counts = await Promise.all(NAMES.map((name) => run(on(cluster.store(name)))));
      return counts.reduce((sum, count) => sum + count, 0);
    },
  };
}

// fills REPLICATION_LIMITS.inlineContentBytes
test('the directory keeps files up to the limit, and larger ones are chunks on stores', async () => {
  const { cluster, run, write, chunks } = await inlineScene();
  const small = new Uint8Array(LIMITS.inlineContentBytes).fill(7);
  expect(await write(small)).toMatchObject({
    holders: expect.arrayContaining(NAMES),
    missing: [],
    entry: { copies: { wanted: 3, confirmed: 3 } },
  });
  expect(await chunks()).toBe(0);
  const opened = await run(
    cluster.files.openRead({ path: PATH, inlineBytes: 4096 }, cluster.call()),
  );
  expect(joinParts(opened.content ?? [])).toEqual(small);
  const where = await run(cluster.files.where({ path: PATH, fromOffset: 0 }, cluster.call()));
  const holders = NAMES.map((server) => ({ server, confirmed: true, live: true }));
  expect(where.chunks).toMatchObject([{ offset: 0, length: small.length, holders }]);
  await write(new Uint8Array(LIMITS.inlineContentBytes + 1));
  expect(await chunks()).toBe(NAMES.length);
});

test('a reader that wants no content along reads it by its handle', async () => {
  const { cluster, run, write } = await inlineScene();
  const bytes = Uint8Array.of(1, 2, 3);
  await write(bytes);
  const { files } = cluster;
  const context = cluster.call();
  const { handle = '' } = await run(files.openRead({ path: PATH, inlineBytes: 2 }, context));
  const { chunks } = await run(files.manifest({ handle, fromOffset: 0 }, context));
  expect(chunks).toEqual([{ offset: 0, length: 3, hash: toHex(blake3Hasher.hash([bytes])) }]);
  expect((await run(files.tickets({ handle, fromOffset: 0 }, context))).chunks).toEqual([
    { offset: 0, tickets: [] },
  ]);
  const got = await run(files.getChunk({ handle, offset: 0, exclude: [], suspects: [] }, context));
  expect(joinParts(got.content)).toEqual(bytes);
});

test('bytes that are not those of their hash are refused', async () => {
  const { cluster, run } = await inlineScene();
  const write = { path: PATH, hash: 'a'.repeat(64) as never, content: [Uint8Array.of(1)] };
  await expect(run(cluster.files.write(write, cluster.call()))).rejects.toMatchObject({
    code: 'damaged',
  });
  await expect(run(cluster.files.stat({ path: PATH }, cluster.call()))).rejects.toMatchObject({
    code: 'not-found',
  });
});

test('a file is a chunk where a store is not in view, or copies are required', async () => {
  const { cluster, write, chunks } = await inlineScene();
  const bytes = Uint8Array.of(1);
  expect(await write(bytes, 2)).toMatchObject({ missing: [] });
  expect(await chunks()).toBe(NAMES.length);
  const all = cluster.inView;
  cluster.inView = all.slice(1);
  await write(Uint8Array.of(2));
  expect(await chunks()).toBe(2 * NAMES.length);
  cluster.inView = all;
  await write(Uint8Array.of(3));
  expect(await chunks()).toBe(2 * NAMES.length);
});

test('a repeated write that puts a chunk, where the first one put none, leaves none behind', async () => {
  const { cluster, run, write, chunks, stored, pass } = await inlineScene();
  await write(Uint8Array.of(1));
  const bytes = Uint8Array.of(2);
  const again = { path: PATH, hash: toHex(blake3Hasher.hash([bytes])) as never, content: [bytes] };
  const context = cluster.call();
  const first = await run(cluster.files.write(again, context));
  cluster.inView = cluster.inView.slice(1);
  const second = await run(cluster.files.write(again, context));
  expect(second.entry.version).toBe(first.entry.version);
  expect(stored()).toBe(NAMES.length);
  await pass(60_000);
  expect([await chunks(), stored()]).toEqual([0, 0]);
});
