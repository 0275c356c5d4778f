import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { blake3Hasher } from '@holdfast/crypto';
import type { ChunkStore } from '@holdfast/contracts';
import { type Disk, equalBytes, joinParts, writeFileAtomically } from '@holdfast/kernel';
import {
  type SampleChunk,
  sampleChunk,
  seededRandom,
  simulatedClock,
  type SimulatedClock,
  simulatedDisk,
  type SimulatedDisk,
} from '@holdfast/testkit';
import { CHUNK_STORE_FORMAT } from './format.ts';
import { type ChunkStoreOptions, openChunkStore } from './open-chunk-store.ts';
import { sealJson, unsealJson } from './sealed-json.ts';

const hasher = blake3Hasher;
const FIRST = 'chunks/segments/00000001.seg';

class Place {
  readonly machine: SimulatedDisk = simulatedDisk();
  readonly clock: SimulatedClock = simulatedClock();
  readonly notices: string[] = [];

  open(options: Partial<ChunkStoreOptions> = {}): Promise<ChunkStore> {
    return openChunkStore({
      ...{ disk: this.machine.mount(), folder: 'chunks', hasher, clock: this.clock },
      random: seededRandom('store'),
      segmentBytes: 400_000,
      notice: (text) => this.notices.push(text),
      ...options,
    });
  }
}

/** Chunks that are put one after the other, so that each has a frame of its own. */
async function filled(place: Place, count: number, bytes: number): Promise<SampleChunk[]> {
  const chunks = Array.from({ length: count }, (_, i) => sampleChunk(hasher, i, bytes));
  await using store = await place.open();
  for (const { id, content } of chunks) await store.put(id, [content]);
  return chunks;
}

async function isWhole(store: ChunkStore, { id, content }: SampleChunk): Promise<boolean> {
  return equalBytes(joinParts(await store.get(id)), content);
}

describe('damage', () => {
  test('to the bytes of a chunk is reported once, never returned, and healed by putting it again', async () => {
    const place = new Place();
    const [first, bad, last] = (await filled(place, 3, 6000)) as [
      SampleChunk,
      SampleChunk,
      SampleChunk,
    ];
    // Each frame has two blocks, after the segment's header of one.
    place.machine.corrupt(FIRST, 4096 * 3 + 5000);
    {
      await using store = await place.open();
      expect(store.generation).toBe(1);
      await expect(store.get(bad.id)).rejects.toMatchObject({ code: 'damaged' });
      await expect(store.get(bad.id)).rejects.toMatchObject({ code: 'not-found' });
      expect(store.has(bad.id)).toBeUndefined();
      expect(store.usage).toMatchObject({ chunks: 2, quarantined: 1 });
      for (const chunk of [first, last]) expect(await isWhole(store, chunk)).toBe(true);
      await store.put(bad.id, [bad.content]);
    }
    await using store = await place.open();
    for (const chunk of [first, bad, last]) expect(await isWhole(store, chunk)).toBe(true);
  });

  test('to the bytes of a chunk is passed on to whoever verifies them, and stays to be found', async () => {
    const place = new Place();
    const [bad] = (await filled(place, 3, 6000)) as [SampleChunk];
    place.machine.corrupt(FIRST, 4096 + 5000);
    await using store = await place.open();
    const unverified = joinParts(await store.getUnverified(bad.id));
    expect(unverified).toHaveLength(6000);
    expect(equalBytes(unverified, bad.content)).toBe(false);
    expect(store.usage).toMatchObject({ chunks: 3, quarantined: 0 });
    await expect(store.get(bad.id)).rejects.toMatchObject({ code: 'damaged' });
    await expect(store.getUnverified(bad.id)).rejects.toMatchObject({ code: 'not-found' });
  });

  test('to a header that was acknowledged costs its records and raises the generation', async () => {
    for (const damaged of [0, 3, 9]) {
      const place = new Place();
      const chunks = await filled(place, 10, 6000);
      place.machine.corrupt(FIRST, 4096 * (1 + 2 * damaged) + 70);
      {
        await using store = await place.open();
        expect(store.generation).toBe(2);
        expect(store.usage).toMatchObject({ chunks: 9, quarantined: 1 });
        expect(store.position).toBeGreaterThanOrEqual(9);
        for (const [i, chunk] of chunks.entries()) {
          if (i === damaged) expect(store.has(chunk.id)).toBeUndefined();
          else expect(await isWhole(store, chunk)).toBe(true);
        }
      }
      // It goes on with what it has, and does not meet the same damage again.
      await using store = await place.open();
      expect(store.generation).toBe(2);
      expect(store.usage.chunks).toBe(9);
    }
  });

  test('to a block that cannot be read is damage like any other', async () => {
    const place = new Place();
    const [chunk, other] = (await filled(place, 3, 6000)) as [SampleChunk, SampleChunk];
    await using store = await place.open();
    place.machine.fault = ({ kind }) => (kind === 'read' ? 'io' : undefined);
    await expect(store.get(chunk.id)).rejects.toMatchObject({ code: 'damaged' });
    await expect(store.getUnverified(other.id)).rejects.toMatchObject({ code: 'damaged' });
    place.machine.fault = undefined;
    expect(store.usage.chunks).toBe(1);
  });

  test('to a summary costs nothing: the segment is read instead', async () => {
    const place = new Place();
    const chunks = await filled(place, 20, 70_000);
    place.machine.corrupt(`${FIRST}.summary`, 100);
    await place.machine.mount().unlink('chunks/segments/00000002.seg.summary');
    await using store = await place.open();
    expect(store.generation).toBe(1);
    for (const chunk of chunks) expect(await isWhole(store, chunk)).toBe(true);
  });
});

describe('a data folder that was tampered with', () => {
  const loss: Record<string, (disk: Disk) => Promise<void>> = {
    'a segment': (disk) => disk.unlink('chunks/segments/00000002.seg'),
    'the last segment': async (disk) => {
      const names = (await disk.list('chunks/segments')).map(({ name }) => name);
      await disk.unlink(`chunks/segments/${names.filter((n) => n.endsWith('.seg')).at(-1)}`);
    },
    'all segments': async (disk) => {
      for (const { name } of await disk.list('chunks/segments')) {
        await disk.unlink(`chunks/segments/${name}`);
      }
    },
    'the list of segments': (disk) => disk.unlink('chunks/catalogue'),
    'the end of a full segment': async (disk) => {
      await using file = await disk.open(FIRST, { mode: 'write' });
      await file.truncate(4096 * 20);
    },
  };
  for (const [what, lose] of Object.entries(loss)) {
    test(`opens without ${what}, under a higher generation, with what is left`, async () => {
      const place = new Place();
      const chunks = await filled(place, 20, 70_000);
      const position = chunks.length;
      await lose(place.machine.mount());
      await using store = await place.open();
      expect(store.generation).toBe(2);
      for (const chunk of chunks) {
        if (store.has(chunk.id) !== undefined) expect(await isWhole(store, chunk)).toBe(true);
        else expect(what).not.toBe('the list of segments');
        await store.put(chunk.id, [chunk.content]);
        expect(await isWhole(store, chunk)).toBe(true);
      }
      if (what !== 'all segments') expect(store.position).toBeGreaterThan(position / 2);
    });
  }

  test('says what to do when the identity is gone', async () => {
    const place = new Place();
    await filled(place, 1, 10);
    await place.machine.mount().unlink('chunks/identity');
    await expect(place.open()).rejects.toMatchObject({
      code: 'damaged',
      details: { file: 'chunks/identity' },
    });
  });

  test('says so when the identity was changed', async () => {
    const place = new Place();
    await filled(place, 1, 10);
    place.machine.corrupt('chunks/identity', 30);
    await expect(place.open()).rejects.toMatchObject({ code: 'damaged' });
  });
});

describe('compaction', () => {
  test('gives space back, and keeps chunks, touches and deletes', async () => {
    const place = new Place();
    const chunks = await filled(place, 30, 60_000);
    const [kept, touched, ...rest] = chunks as [SampleChunk, SampleChunk, ...SampleChunk[]];
    let touchedAt = 0;
    const fast = { compactionDelayMs: 10, compactionBytesPerSecond: 1e9, deadFraction: 0.2 };
    {
      await using store = await place.open(fast);
      const before = store.usage.segmentBytes;
      const upTo = store.position;
      touchedAt = (await store.touch(touched.id)) ?? 0;
      for (const { id } of rest) expect(await store.delete(id, upTo)).toBe(true);
      for (let i = 0; i < 200; i++) await place.clock.advance(10);
      expect(store.usage.segmentBytes).toBeLessThan(before / 3);
    }
    const names = (await place.machine.mount().list('chunks/segments')).map(({ name }) => name);
    expect(names).not.toContain('00000001.seg');
    await using store = await place.open();
    expect(store.list(undefined, 99).length).toBe(2);
    for (const chunk of [kept, touched]) expect(await isWhole(store, chunk)).toBe(true);
    expect(store.has(touched.id)?.position).toBe(touchedAt);
    expect(await store.delete(touched.id, touchedAt - 1)).toBe(false);
    expect(store.generation).toBe(1);
  });

  test('leaves damaged chunks behind and says which', async () => {
    const place = new Place();
    const chunks = await filled(place, 12, 60_000);
    place.machine.corrupt(FIRST, 4096 + 3000);
    await using store = await place.open({
      ...{ compactionDelayMs: 10, compactionBytesPerSecond: 1e9, deadFraction: 0.2 },
    });
    for (const { id } of chunks.slice(3, 6)) await store.delete(id, store.position);
    for (let i = 0; i < 200; i++) await place.clock.advance(10);
    expect(store.has((chunks[0] as SampleChunk).id)).toBeUndefined();
    expect(store.usage).toMatchObject({ chunks: 8, quarantined: 1 });
    expect(place.notices.join()).toContain((chunks[0] as SampleChunk).id.hash);
  });
});

describe('formats', () => {
  const fixtures = new URL('./fixtures/format-1/', import.meta.url);

  async function placed(): Promise<Place> {
    const place = new Place();
    const disk = place.machine.mount();
    await disk.makeFolder('chunks/segments');
    for (const name of readdirSync(fixtures)) {
      const folder = name.includes('.seg.') || name.endsWith('.seg') ? 'chunks/segments' : 'chunks';
      await writeFileAtomically(disk, `${folder}/${name}`, readFileSync(new URL(name, fixtures)));
    }
    return place;
  }

  test('a store of format 1 is read, and goes on', async () => {
    const place = await placed();
    await using store = await place.open();
    expect(store.generation).toBe(1);
    expect(store.usage.chunks).toBe(5);
    for (const i of [0, 1, 2, 4, 5]) {
      expect(await isWhole(store, sampleChunk(hasher, i, 2000 + i))).toBe(true);
    }
    expect(store.has(sampleChunk(hasher, 3, 2003).id)).toBeUndefined();
    const fresh = sampleChunk(hasher, 9, 100);
    expect(await store.put(fresh.id, [fresh.content])).toBe(9);
  });

  test('a newer format of the store or of a segment is refused with both numbers', async () => {
    const newer = CHUNK_STORE_FORMAT + 41;
    const refusal = { code: 'format-mismatch', details: { format: newer, known: 1 } };
    const store = await placed();
    const identity = readFileSync(new URL('identity', fixtures));
    const changed = { ...(unsealJson(hasher, '', identity) as object), format: newer };
    await writeFileAtomically(store.machine.mount(), 'chunks/identity', sealJson(hasher, changed));
    await expect(store.open()).rejects.toMatchObject(refusal);

    const segment = await placed();
    const bytes = new Uint8Array(readFileSync(new URL('00000001.seg', fixtures)));
    new DataView(bytes.buffer).setUint32(8, newer);
    bytes.set(hasher.hash([bytes.subarray(0, 4096 - 32)]), 4096 - 32);
    await writeFileAtomically(segment.machine.mount(), FIRST, bytes);
    await expect(segment.open()).rejects.toMatchObject(refusal);
  });
});

test('a second program is refused the store', async () => {
  const place = new Place();
  await using _store = await place.open();
  await expect(place.open()).rejects.toMatchObject({ code: 'locked' });
});
