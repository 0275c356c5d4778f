import { describe, expect, test } from 'vitest';
import { blake3Hasher as hasher } from '@holdfast/crypto';
import type { ChunkStore } from '@holdfast/contracts';
import { equalBytes, joinParts } from '@holdfast/kernel';
import {
  type SeededRandom,
  type SampleChunk,
  sampleChunk,
  seededRandom,
  type SimulatedClock,
  simulatedClock,
  type SimulatedDisk,
  simulatedDisk,
} from '@holdfast/testkit';
import { CHUNK_STORE_LIMITS as LIMITS } from './limits.ts';
import { type ChunkStoreOptions, openChunkStore } from './open-chunk-store.ts';

const SEGMENT_BYTES = 1_048_576;
const MINUTE_MS = 60_000;

/** A store with the limits of production, but for small segments. */
class Place {
  readonly machine: SimulatedDisk = simulatedDisk();
  readonly clock: SimulatedClock = simulatedClock();

  async open(options: Partial<ChunkStoreOptions> = {}): Promise<ChunkStore> {
    const opening = openChunkStore({
      ...{ disk: this.machine.mount(), folder: 'chunks', hasher, clock: this.clock },
      ...{ random: seededRandom('store'), segmentBytes: SEGMENT_BYTES, ballastBytes: 0 },
      ...options,
    });
    return await this.clock.run(opening);
  }

  async put(store: ChunkStore, chunks: readonly SampleChunk[]): Promise<void> {
    for (const { id, content } of chunks) await this.clock.run(store.put(id, [content]));
  }

  async delete(store: ChunkStore, chunks: readonly SampleChunk[]): Promise<void> {
    const upTo = store.position;
    await this.clock.run(Promise.all(chunks.map(({ id }) => store.delete(id, upTo))));
  }
}

function samples(count: number, bytes: number): SampleChunk[] {
  return Array.from({ length: count }, (_, i) => sampleChunk(hasher, i, bytes));
}

/** What the live chunks need, and the tenth that may be dead besides. */
function allowedBytes(chunks: readonly SampleChunk[]): number {
  const needed = chunks.reduce((sum, { content }) => sum + content.length + 64, 0);
  return 1.1 * needed + SEGMENT_BYTES * LIMITS.idleDeadSegmentShare + 2 * LIMITS.leastGainBytes;
}

async function expectWhole(store: ChunkStore, chunks: readonly SampleChunk[]): Promise<void> {
  expect(store.usage.chunks).toBe(chunks.length);
  for (const { id, content } of chunks) {
    expect(equalBytes(joinParts(await store.get(id)), content)).toBe(true);
  }
}

describe('compaction of an idle store', () => {
  test('gives back what is left to dead chunks under load, and not before users are gone', async () => {
    const place = new Place();
    await using store = await place.open();
    const chunks = samples(300, 20_000);
    await place.put(store, chunks);
    // Most of the first segment, and a third of the others.
    const isDead = (i: number): boolean => (i < 50 ? i < 30 : i % 3 === 0);
    const live = chunks.filter((_, i) => !isDead(i));
    await place.delete(
      store,
      chunks.filter((_, i) => isDead(i)),
    );
    const before = store.usage.segmentBytes;
    for (let second = 0; second < 60; second++) {
      await place.clock.run(store.get((live[0] as SampleChunk).id));
      await place.clock.advance(1_000);
    }
    const underLoad = store.usage.segmentBytes;
    expect(underLoad, 'a segment of which most is dead goes at once').toBeLessThan(before);
    expect(underLoad).toBeGreaterThan(allowedBytes(live));
    await place.clock.advance(MINUTE_MS);
    expect(store.usage.segmentBytes).toBeLessThan(allowedBytes(live));
    await place.clock.run(expectWhole(store, live));
  });

  test('does not spare the segment that is written to', async () => {
    const place = new Place();
    await using store = await place.open();
    const chunks = samples(10, 90_000);
    await place.put(store, chunks);
    await place.delete(store, chunks);
    await place.clock.advance(MINUTE_MS);
    expect(store.usage.segmentBytes).toBeLessThan(allowedBytes([]));
  });

  test('packs small chunks that were put one at a time', async () => {
    const place = new Place();
    await using store = await place.open();
    const chunks = samples(1_000, 100);
    await place.put(store, chunks);
    expect(store.usage.segmentBytes).toBeGreaterThan(1_000 * 4096);
    await place.clock.advance(MINUTE_MS);
    expect(store.usage.segmentBytes).toBeLessThan(allowedBytes(chunks));
    await place.clock.run(expectWhole(store, chunks));
  });

  test('gives way to users who come back, without being starved by them', async () => {
    const place = new Place();
    const chunks = samples(800, 90_000);
    await using store = await place.open({ segmentBytes: 64 * SEGMENT_BYTES });
    await place.put(store, chunks);
    await place.delete(store, chunks.slice(0, 200));
    const live = chunks.slice(200);
    const before = store.usage.segmentBytes;
    const grown = (): number => store.usage.segmentBytes - before;
    await place.clock.advance(LIMITS.idleAfterMs);
    while (grown() <= 0) await place.clock.advance(10);
    // Half a minute of reads: a step of 4 MiB in every pause, and not 64 MiB/s.
    for (let tick = 0; tick < 300; tick++) {
      await place.clock.run(store.get((live[tick] as SampleChunk).id));
      await place.clock.advance(100);
      const steps = 3 + (tick * 100) / LIMITS.compactionGiveWayMs;
      expect(grown()).toBeLessThan(steps * (LIMITS.compactionStepBytes + 90_000));
    }
    await place.clock.advance(2 * MINUTE_MS);
    expect(store.usage.segmentBytes).toBeLessThan(1.1 * live.length * 90_000 + SEGMENT_BYTES);
    await place.clock.run(expectWhole(store, live));
  });

  test('ends within a tenth, and then lets the disk rest, whatever was put and deleted', async () => {
    for (let seed = 1; seed <= 12; seed++) {
      const random = seededRandom(seed);
      const place = new Place();
      let live: SampleChunk[] = [];
      {
        await using store = await place.open();
        live = await workload(place, store, random);
        await place.clock.advance(2 * MINUTE_MS);
        const { segmentBytes } = store.usage;
        // A large chunk has a frame of its own, in whole blocks.
        const padding = live.filter(({ content }) => content.length > 65_536).length * 4096;
        expect(segmentBytes, `seed ${seed}`).toBeLessThan(allowedBytes(live) + padding);
        const { operations } = place.machine;
        await place.clock.advance(10 * MINUTE_MS);
        expect(place.machine.operations, `seed ${seed} goes on compacting`).toBe(operations);
      }
      await using store = await place.open();
      await place.clock.run(expectWhole(store, live));
    }
  });
});

/** Puts, touches and deletes of chunks of all sizes; gives what is there in the end. */
async function workload(
  place: Place,
  store: ChunkStore,
  random: SeededRandom,
): Promise<SampleChunk[]> {
  const live = new Map<number, SampleChunk>();
  const sizes = [10, 1_000, 30_000, 65_000, 66_000, 150_000];
  const rounds = 100 + random.integer(400);
  for (let round = 0; round < rounds; round++) {
    const number = random.integer(150);
    const known = live.get(number);
    if (known && random.chance(0.5)) {
      await place.delete(store, [known]);
      live.delete(number);
      continue;
    }
    const bytes = sizes[number % sizes.length] ?? 0;
    const chunk = known ?? sampleChunk(hasher, number, bytes + number);
    await place.put(store, [chunk]);
    live.set(number, chunk);
    if (random.chance(0.02)) await place.clock.advance(10_000);
  }
  return [...live.values()];
}

describe('compaction of a segment with a frame whose header is damaged', () => {
  const FIRST = 'chunks/segments/00000001.seg';
  /** Of the fifth frame, of two blocks as all of them are. */
  const HEADER_AT = 4096 * (1 + 2 * 4) + 70;
  const CONTENT_AT = 4096 * (1 + 2 * 4) + 5000;

  /** Most of the first segment is dead, and bytes of its fifth frame have changed. */
  async function compacted(
    place: Place,
    store: ChunkStore,
    offsets: readonly number[],
  ): Promise<SampleChunk[]> {
    const chunks = samples(200, 6_000);
    await place.put(store, chunks);
    for (const offset of offsets) place.machine.corrupt(FIRST, offset);
    await place.delete(store, chunks.slice(10, 120));
    await place.clock.advance(MINUTE_MS);
    expect(place.machine.files('chunks/segments').some(({ path }) => path === FIRST)).toBe(false);
    return [...chunks.slice(0, 10), ...chunks.slice(120)];
  }

  test('carries on what is whole of it', async () => {
    const place = new Place();
    await using store = await place.open();
    const live = await compacted(place, store, [HEADER_AT]);
    await place.clock.run(expectWhole(store, live));
    expect(store.untold).toEqual([]);
  });

  test('tells of what is not, instead of serving it from a segment that is gone', async () => {
    const place = new Place();
    await using store = await place.open();
    const live = await compacted(place, store, [HEADER_AT, CONTENT_AT]);
    const bad = live[4] as SampleChunk;
    expect(store.has(bad.id)).toBeUndefined();
    expect(store.untold).toEqual([bad.id]);
    await place.clock.run(
      expectWhole(
        store,
        live.filter((chunk) => chunk !== bad),
      ),
    );
  });

  test('carries on a touch that stood in it, so that a later opening knows of it', async () => {
    const second = 'chunks/segments/00000002.seg';
    const place = new Place();
    const chunks = samples(300, 8_000);
    const [touched] = chunks as [SampleChunk];
    let position: number | undefined;
    {
      await using store = await place.open();
      await place.put(store, chunks.slice(0, 150));
      position = await place.clock.run(store.touch(touched.id));
      await place.put(store, chunks.slice(150));
      await place.delete(store, chunks.slice(120));
      for (let at = 4096; at < SEGMENT_BYTES; at += 4096) place.machine.corrupt(second, at + 70);
      await place.clock.advance(MINUTE_MS);
      expect(place.machine.files('chunks/segments').some(({ path }) => path === second)).toBe(
        false,
      );
    }
    await using store = await place.open();
    expect(store.has(touched.id)?.position).toBe(position);
  });
});
