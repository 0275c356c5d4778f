import { expect, test } from 'vitest';
import { blake3Hasher } from '@holdfast/crypto';
import type { ChunkStore } from '@holdfast/contracts';
import { joinParts } from '@holdfast/kernel';
import {
  ChunkStoreScene,
  type SampleChunk,
  sampleChunk,
  seededRandom,
  simulatedClock,
  simulatedDisk,
} from '@holdfast/testkit';
import { openChunkStore } from './open-chunk-store.ts';

const hasher = blake3Hasher;

/** A store that fills, empties and compacts its segments within a few rounds. */
function scene(seed: number, capacityBytes = Infinity): ChunkStoreScene {
  return new ChunkStoreScene({
    seed,
    hasher,
    capacityBytes,
    open: (parts) =>
      openChunkStore({
        ...parts,
        folder: 'chunks',
        hasher,
        segmentBytes: 400_000,
        chunkBytes: 100_000,
        reserveBytes: 131_072,
        deadFraction: 0.4,
        compactionDelayMs: 40,
        compactionBytesPerSecond: 1e9,
      }),
  });
}

test('nothing acknowledged is lost, nothing deleted returns, no byte is wrong, whenever it dies', async () => {
  let deaths = 0;
  let compacted = 0;
  for (let seed = 0; seed < 40; seed++) {
    const machine = scene(seed);
    for (let boot = 0; boot < 6; boot++) {
      await machine.boot(500, async () => {
        const store = await machine.open();
        await machine.check(store);
        for (let round = 0; round < 60; round++) await machine.round(store);
        if (machine.random.chance(0.5)) await store[Symbol.asyncDispose]();
      });
    }
    deaths += machine.deaths;
    compacted += machine.compacted;
  }
  expect(deaths).toBeGreaterThan(120);
  expect(compacted).toBeGreaterThan(30);
});

test('a disk that is full now and then costs refusals and nothing else', async () => {
  let refused = 0;
  let deaths = 0;
  for (let seed = 100; seed < 130; seed++) {
    const machine = scene(seed);
    for (let boot = 0; boot < 4; boot++) {
      await machine.boot(700, async () => {
        machine.machine.capacityBytes = Infinity;
        const store = await machine.open();
        await machine.check(store);
        for (let round = 0; round < 60; round++) {
          // Another program fills the disk and clears up again.
          if (round % 7 === 3) machine.machine.capacityBytes = machine.random.integer(2_000_000);
          if (round % 7 === 5) machine.machine.capacityBytes = Infinity;
          await machine.round(store, 0.25);
          expect(store.poisoned).toBeUndefined();
        }
        await machine.check(store);
      });
    }
    refused += machine.refused;
    deaths += machine.deaths;
  }
  expect(refused).toBeGreaterThan(200);
  expect(deaths).toBeGreaterThan(20);
});

test('a failed sync ends writing for good, and loses nothing that was acknowledged', async () => {
  let poisoned = 0;
  for (let seed = 200; seed < 230; seed++) {
    const machine = scene(seed);
    const random = seededRandom(seed);
    for (let boot = 0; boot < 4; boot++) {
      await machine.boot(100_000, async () => {
        machine.fault = undefined;
        const store = await machine.open();
        await machine.check(store);
        machine.fault = ({ kind, path }) =>
          kind === 'sync' && path.endsWith('.seg') && random.chance(0.05) ? 'io' : undefined;
        await rounds(machine, store);
        if (store.poisoned === undefined) return;
        poisoned++;
        machine.fault = undefined;
        const chunk = sampleChunk(hasher, 1, 10);
        const refusal = { code: 'poisoned' };
        await expect(store.put(chunk.id, [chunk.content])).rejects.toMatchObject(refusal);
        for (const stored of store.list(undefined, 100)) await store.get(stored);
        machine.machine.crash();
      });
    }
  }
  expect(poisoned).toBeGreaterThan(50);
});

test('what is found after a sync that failed is on the disk, though the power goes at once', async () => {
  let poisoned = 0;
  for (let seed = 300; seed < 360; seed++) {
    const machine = scene(seed);
    const random = seededRandom(seed);
    await machine.boot(100_000, async () => {
      const store = await machine.open();
      await machine.check(store);
      machine.fault = ({ kind, path }) =>
        kind === 'sync' && path.endsWith('.seg') && random.chance(0.1) ? 'io' : undefined;
      await rounds(machine, store);
      if (store.poisoned !== undefined) poisoned++;
    });
    machine.fault = undefined;
    await machine.boot(100_000, async () => {
      await machine.check(await machine.open());
      machine.machine.crash();
    });
    await machine.boot(100_000, async () => {
      await machine.check(await machine.open());
    });
  }
  expect(poisoned).toBeGreaterThan(30);
});

/** Until they are done or the store takes no more. */
async function rounds(machine: ChunkStoreScene, store: ChunkStore): Promise<void> {
  for (let round = 0; round < 60 && store.poisoned === undefined; round++) {
    await machine.round(store).catch((error: unknown) => {
      expect(error).toMatchObject({ code: 'poisoned' });
    });
  }
}

test('deletes and reads go on when another program has filled the disk', async () => {
  const machine = scene(1, 20_000_000);
  const chunks = Array.from({ length: 40 }, (_, i) => sampleChunk(hasher, i, 70_000));
  const put = (store: ChunkStore, { id, content }: SampleChunk): Promise<number> =>
    store.put(id, [content]);
  await machine.clock.run(
    (async () => {
      await using store = await machine.open();
      for (const chunk of chunks.slice(0, 30)) await put(store, chunk);
      const { freeBytes, totalBytes } = await machine.machine.mount().space();
      machine.machine.capacityBytes = totalBytes - freeBytes;
      const full = { code: 'no-space' };
      for (const chunk of chunks.slice(30)) {
        await expect(put(store, chunk)).rejects.toMatchObject(full);
      }
      const upTo = store.position;
      const deleted = chunks.slice(0, 20).map(({ id }) => store.delete(id, upTo));
      expect(await Promise.all(deleted)).toEqual(new Array(20).fill(true));
      for (const { id, content } of chunks.slice(20, 30)) {
        expect(joinParts(await store.get(id))).toEqual(content);
      }
      machine.machine.capacityBytes = 20_000_000;
      for (const chunk of chunks.slice(30)) await put(store, chunk);
      expect(store.usage.chunks).toBe(20);
    })(),
  );
});

test('what was refused for lack of space never comes back', async () => {
  const machine = scene(1);
  const [first, second, third] = [1, 2, 3].map((i) => sampleChunk(hasher, i, 80_000)) as [
    SampleChunk,
    SampleChunk,
    SampleChunk,
  ];
  await machine.boot(1e9, async () => {
    const store = await machine.open();
    let writes = 0;
    machine.fault = ({ kind, path }) =>
      kind === 'write' && path.endsWith('.seg') && writes++ === 0 ? 'no-space' : undefined;
    const puts = [first, second].map(({ id, content }) => store.put(id, [content]));
    for (const put of puts) await expect(put).rejects.toMatchObject({ code: 'no-space' });
    expect(writes).toBe(2);
    // It takes the place of the first one; the second one would follow it.
    await store.put(third.id, [third.content]);
  });
  machine.fault = undefined;
  await machine.boot(1e9, async () => {
    const store = await machine.open();
    expect(store.list(undefined, 9).map(({ hash }) => hash)).toEqual([third.id.hash]);
  });
});

test('a group of chunks that is larger than a segment has one to itself', async () => {
  const machine = simulatedDisk();
  const open = (): Promise<ChunkStore> =>
    openChunkStore({
      ...{ disk: machine.mount(), clock: simulatedClock(), random: seededRandom('store') },
      ...{ folder: 'chunks', hasher, segmentBytes: 16_384 },
    });
  const chunks = [100, 5_000, 6_000, 7_000, 90_000].map((bytes, i) =>
    sampleChunk(hasher, i, bytes),
  );
  {
    await using store = await open();
    await Promise.all(chunks.map(({ id, content }) => store.put(id, [content])));
  }
  await using store = await open();
  for (const { id, content } of chunks) {
    expect(joinParts(await store.get(id))).toEqual(content);
  }
});
