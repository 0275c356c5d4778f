import { openChunkStore } from '@holdfast/chunk-store';
import { type ChunkStore, HoldfastError } from '@holdfast/contracts';
import { blake3Hasher } from '@holdfast/crypto';
import { type TestEngine, testEngine } from '@holdfast/directory/testing';
import { toHex, utf8 } from '@holdfast/kernel';
import { mirrorPlacement } from '@holdfast/placement';
import { seededRandom, simulatedClock, simulatedDisk } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { ClusterScene } from '../testing/cluster-scene.ts';

const MINUTE_MS = 60_000;
const CHUNK_BYTES = 20_000;
const SEGMENT_BYTES = 262_144;
const SERVERS = ['server-1', 'server-2', 'server-3'];

interface Space extends AsyncDisposable {
  readonly scene: ClusterScene;
  readonly clock: ReturnType<typeof simulatedClock>;
  readonly stores: readonly ChunkStore[];
  put(
    path: string,
    content: string,
    options?: { require?: number; ifVersion?: number },
  ): Promise<unknown>;
}

/** Three servers with real chunk stores on simulated disks. */
async function space(engine: TestEngine = testEngine()): Promise<Space> {
  const clock = simulatedClock();
  const parts = { clock, hasher: blake3Hasher, random: seededRandom(1) };
  const scene = new ClusterScene({ ...parts, engine, placement: mirrorPlacement() });
  await clock.run(scene.directory.ensureRoots());
  const stores: ChunkStore[] = [];
  for (const name of SERVERS) {
    const disk = simulatedDisk({ random: parts.random.fork(name), clock }).mount();
    const random = parts.random.fork(`store of ${name}`);
    const opening = openChunkStore({
      ...{ ...parts, random, disk, folder: 'chunks', segmentBytes: SEGMENT_BYTES },
      ...{ reserveBytes: 0, ballastBytes: 0 },
    });
    const store = await clock.run(opening);
    stores.push(store);
    await clock.run(scene.join(name, store));
  }
  await clock.advance(1_000);
  expect(scene.members.live).toHaveLength(3);
  return {
    ...{ scene, clock, stores },
    put: (path, text, options = {}) => {
      const content = utf8(text.padEnd(CHUNK_BYTES));
      const hash = toHex(blake3Hasher.hash([content])) as never;
      return clock.run(
        scene.files.write({ path, hash, content: [content], ...options }, scene.call()),
      );
    },
    async [Symbol.asyncDispose]() {
      await scene[Symbol.asyncDispose]();
    },
  };
}

test('what a refused write had put on stores is gone in a minute', async () => {
  await using cluster = await space();
  const { put, stores, clock } = cluster;
  await put('/shared/a', 'first');
  await expect(put('/shared/a', 'second', { ifVersion: 7 })).rejects.toMatchObject({
    code: 'version-conflict',
  });
  await expect(put('/shared/b', 'third', { require: 4 })).rejects.toMatchObject({});
  await clock.advance(MINUTE_MS);
  expect(cluster.scene.problems).toEqual([]);
  expect(stores.map(({ usage }) => usage.chunks)).toEqual([1, 1, 1]);
});

test('so is what a write had put there of which nobody knows whether it was committed', async () => {
  const engine = testEngine();
  let commits = true;
  await using cluster = await space({
    ...engine,
    transact: async (body, call, options) => {
      if (!commits && call) throw new HoldfastError('unavailable', 'The last server was lost.');
      return await engine.transact(body, call, options);
    },
  });
  const { put, stores, clock } = cluster;
  await put('/shared/a', 'first');
  commits = false;
  await expect(put('/shared/a', 'second')).rejects.toMatchObject({ code: 'unavailable' });
  commits = true;
  expect(stores.map(({ usage }) => usage.chunks)).toEqual([2, 2, 2]);
  await clock.advance(MINUTE_MS);
  expect(cluster.scene.problems).toEqual([]);
  expect(stores.map(({ usage }) => usage.chunks)).toEqual([1, 1, 1]);
});

test('so is what an upload had put there that got too few copies of a chunk', async () => {
  await using cluster = await space();
  const { scene, stores, clock } = cluster;
  const content = utf8('x'.repeat(CHUNK_BYTES));
  const hash = toHex(blake3Hasher.hash([content])) as never;
  const opening = scene.files.openUpload({ path: '/shared/a', require: 3 }, scene.call());
  const { upload } = await clock.run(opening);
  scene.onTheWay('server-2', (method) => {
    if (method === 'put') throw new HoldfastError('disconnected', 'The connection is lost.');
  });
  const chunk = { upload, offset: 0, hash, content: [content] };
  const putting = scene.files.putChunk(chunk, scene.call());
  await expect(clock.run(putting)).rejects.toMatchObject({ code: 'too-few-copies' });
  expect(stores.map(({ usage }) => usage.chunks)).toEqual([1, 0, 1]);
  await clock.advance(5 * MINUTE_MS);
  expect(
    stores.map(({ usage }) => usage.chunks),
    'the upload may need it',
  ).toEqual([1, 0, 1]);
  await clock.run(scene.files.abortUpload({ upload }, scene.call()));
  await clock.advance(MINUTE_MS);
  expect(stores.map(({ usage }) => usage.chunks)).toEqual([0, 0, 0]);
});

test('so are more of them than are remembered', async () => {
  await using cluster = await space();
  const { put, stores, clock } = cluster;
  for (let i = 0; i < 1.2 * LIMITS.strayChunks; i++) {
    await expect(put('/shared/a', `${i}`, { ifVersion: 7 })).rejects.toMatchObject({});
  }
  await clock.advance(MINUTE_MS);
  expect(stores.map(({ usage }) => usage.chunks)).toEqual([0, 0, 0]);
});

test('after puts, overwrites, deletes and an empty trash, and a quiet minute, all space is back', async () => {
  await using cluster = await space();
  const { scene, put, stores, clock } = cluster;
  for (let i = 0; i < 60; i++) {
    await put(`/shared/f${i}`, `${i} one`);
    if (i % 3 === 0) await put(`/shared/f${i}`, `${i} two`);
    if (i % 5 === 0) await put(`/shared/f${i}`, 'never', { ifVersion: 9 }).catch(() => {});
  }
  for (let i = 0; i < 60; i += 2) {
    const removed = scene.files.remove({ path: `/shared/f${i}`, recursive: false }, scene.call());
    await clock.run(removed);
  }
  await clock.run(scene.directory.changeSettings({ trashMs: 0 }));
  await clock.run(scene.files.emptyTrash({}, scene.call()));
  await clock.advance(MINUTE_MS);
  expect(scene.problems).toEqual([]);
  for (const { usage } of stores) {
    expect(usage.chunks).toBe(30);
    // An idle store keeps a sixteenth of a segment besides.
    expect(usage.segmentBytes).toBeLessThan(1.1 * usage.chunkBytes + SEGMENT_BYTES / 16);
  }
});
