import { describe, expect, test } from 'vitest';
import type { ChunkStore, RecordPosition } from '@holdfast/contracts';
import { blake3Hasher } from '@holdfast/crypto';
import { equalBytes, joinParts } from '@holdfast/kernel';
import {
  type SampleChunk,
  sampleChunk,
  seededRandom,
  simulatedClock,
  simulatedDisk,
  type SimulatedDisk,
} from '@holdfast/testkit';
import { openChunkStore } from './open-chunk-store.ts';

const hasher = blake3Hasher;
const FIRST = 'chunks/segments/00000001.seg';
const STEP_BYTES = 20_000;

function open(machine: SimulatedDisk): Promise<ChunkStore> {
  return openChunkStore({
    ...{ disk: machine.mount(), folder: 'chunks', hasher, clock: simulatedClock() },
    ...{ random: seededRandom('store'), segmentBytes: 60_000, ballastBytes: 0 },
  });
}

/** Chunks with a frame of two blocks each, in several segments. */
async function filled(store: ChunkStore, count: number): Promise<SampleChunk[]> {
  const chunks = Array.from({ length: count }, (_, i) => sampleChunk(hasher, i, 6000));
  for (const { id, content } of chunks) await store.put(id, [content]);
  return chunks;
}

async function pass(store: ChunkStore): Promise<{ steps: number; bytes: number; damaged: number }> {
  let at: RecordPosition | undefined;
  let [steps, bytes, damaged] = [0, 0, 0];
  do {
    const step = await store.verifyRecords(at, STEP_BYTES);
    at = step.next;
    steps++;
    bytes += step.bytes;
    damaged += step.damaged;
  } while (at !== undefined);
  return { steps, bytes, damaged };
}

async function isWhole(store: ChunkStore, { id, content }: SampleChunk): Promise<boolean> {
  return equalBytes(joinParts(await store.get(id)), content);
}

describe('a pass over all records', () => {
  test('goes over every byte of the segments in bounded steps, and finds nothing in a whole store', async () => {
    await using store = await open(simulatedDisk());
    await filled(store, 30);
    const { steps, bytes, damaged } = await pass(store);
    expect(damaged).toBe(0);
    expect(steps).toBeGreaterThan(8);
    const headers = 4096 * 5;
    expect(bytes).toBeGreaterThanOrEqual(store.usage.segmentBytes - headers);
  });

  test('finds a damaged chunk that nobody has read, and tells of it until it is put again', async () => {
    const machine = simulatedDisk();
    await using store = await open(machine);
    const chunks = await filled(store, 12);
    const bad = chunks[4] as SampleChunk;
    machine.corrupt(FIRST, 4096 * (1 + 2 * 4) + 5000);
    expect((await pass(store)).damaged).toBe(1);
    expect(store.untold).toEqual([bad.id]);
    expect(store.has(bad.id)).toBeUndefined();
    expect((await pass(store)).damaged).toBe(0);
    await store.put(bad.id, [bad.content]);
    expect(store.untold).toEqual([]);
    expect(await isWhole(store, bad)).toBe(true);
  });

  test('writes chunks again whose frame has a damaged header, so that no later opening loses them', async () => {
    const machine = simulatedDisk();
    let chunks: SampleChunk[];
    {
      await using store = await open(machine);
      chunks = await filled(store, 12);
      machine.corrupt(FIRST, 4096 * (1 + 2 * 4) + 70);
      expect((await pass(store)).damaged).toBe(1);
      expect(store.untold).toEqual([]);
    }
    await machine.mount().unlink(`${FIRST}.summary`);
    await using store = await open(machine);
    for (const chunk of chunks) expect(await isWhole(store, chunk)).toBe(true);
  });

  test('finds what a file that was cut while it was open has lost', async () => {
    const machine = simulatedDisk();
    await using store = await open(machine);
    const chunks = await filled(store, 12);
    await using file = await machine.mount().open(FIRST, { mode: 'write' });
    await file.truncate(4096 * 5);
    const { damaged } = await pass(store);
    expect(damaged).toBe(5);
    expect(store.untold.length).toBe(5);
    for (const chunk of chunks) {
      const lost = store.untold.some(({ hash }) => hash === chunk.id.hash);
      if (!lost) expect(await isWhole(store, chunk)).toBe(true);
    }
  });

  test('heals the small files without which the next opening would fail', async () => {
    const machine = simulatedDisk();
    let chunks: SampleChunk[];
    {
      await using store = await open(machine);
      chunks = await filled(store, 12);
      machine.corrupt('chunks/identity', 30);
      await machine.mount().unlink('chunks/catalogue');
      await pass(store);
    }
    await using store = await open(machine);
    expect(store.generation).toBe(1);
    for (const chunk of chunks) expect(await isWhole(store, chunk)).toBe(true);
  });
});
