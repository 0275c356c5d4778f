import { openChunkStore } from '@holdfast/chunk-store';
import type { ChunkStore } from '@holdfast/contracts';
import { blake3Hasher } from '@holdfast/crypto';
import { toHex, utf8 } from '@holdfast/kernel';
import { mirrorPlacement } from '@holdfast/placement';
import { seededRandom, simulatedClock, simulatedDisk } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { ClusterScene } from '../testing/cluster-scene.ts';

const VICTIM = 'server-2';
const SERVERS = ['server-1', VICTIM];

interface OlderDisk {
  readonly clock: ReturnType<typeof simulatedClock>;
  readonly scene: ClusterScene;
  /** Another coordinator over the same directory. */
  restart(): Promise<void>;
  /** Opens the stores and lets them register. */
  join(): Promise<void>;
  /** The victim's disk becomes what it is now while `work` goes on. */
  setBack(work: () => Promise<void>): Promise<void>;
  put(path: string): Promise<void>;
  generation(): Promise<number | undefined>;
  copies(path: string): Promise<number>;
}

async function olderDisk(): Promise<OlderDisk> {
  const clock = simulatedClock();
  const random = seededRandom(1);
  const parts = { clock, hasher: blake3Hasher, random, placement: mirrorPlacement() };
  const disks = SERVERS.map((name) => simulatedDisk({ random: random.fork(name) }));
  const victim = disks[SERVERS.indexOf(VICTIM)];
  let scene = new ClusterScene(parts);
  let boots = 0;
  await clock.run(scene.directory.ensureRoots());
  const made: OlderDisk = {
    clock,
    get scene() {
      return scene;
    },
    async restart() {
      await scene[Symbol.asyncDispose]();
      scene = new ClusterScene({ ...parts, engine: scene.engine });
    },
    async join() {
      boots++;
      for (const [index, disk] of disks.entries()) {
        const name = SERVERS[index] ?? '';
        disk.kill();
        const forked = random.fork(`boot ${boots} of ${name}`);
        const opening: Promise<ChunkStore> = openChunkStore({
          ...{ ...parts, random: forked, disk: disk.mount(), folder: 'chunks' },
          ...{ reserveBytes: 0, ballastBytes: 0 },
        });
        await clock.run(scene.join(name, await clock.run(opening)));
      }
    },
    async setBack(work) {
      const before = victim?.snapshot();
      await work();
      victim?.kill();
      if (before) victim?.restore(before);
    },
    async put(path) {
      const content = utf8(path);
      const hash = toHex(blake3Hasher.hash([content])) as never;
      await clock.run(scene.files.write({ path, hash, content: [content] }, scene.call()));
    },
    generation: async () =>
      (await scene.directory.stores()).find(({ name }) => name === VICTIM)?.generation,
    copies: async (path) =>
      (await scene.directory.stat({ path }, scene.call())).entry.copies.confirmed,
  };
  await made.join();
  await clock.advance(LIMITS.noteEveryMs + 1_000);
  expect(scene.members.live).toHaveLength(2);
  return made;
}

test('a disk that is set back to moments before a restart of the frontend is found to be older', async () => {
  const cluster = await olderDisk();
  await cluster.put('/shared/before');
  await cluster.clock.advance(2 * LIMITS.noteEveryMs);
  const generation = Number(await cluster.generation());
  // So soon after that nobody had the time to note by itself how far the stores are.
  await cluster.setBack(() => cluster.put('/shared/after'));
  expect(await cluster.copies('/shared/after')).toBe(2);
  await cluster.restart();
  await cluster.join();
  await cluster.clock.advance(1_000);
  expect(cluster.scene.problems).toEqual([]);
  expect(await cluster.generation()).toBe(generation + 1);
  await cluster.clock.advance(60_000);
  const held = cluster.scene.member(VICTIM).read((remote) => remote.inventory({}));
  expect((await cluster.clock.run(held)).chunks).toHaveLength(2);
});

test('a store that comes back as it was keeps its generation', async () => {
  const cluster = await olderDisk();
  await cluster.put('/shared/before');
  const generation = await cluster.generation();
  await cluster.put('/shared/after');
  await cluster.restart();
  await cluster.join();
  await cluster.clock.advance(1_000);
  expect(await cluster.generation()).toBe(generation);
  expect(cluster.scene.members.live).toHaveLength(2);
});
