import { type ChunkId, type ChunkStore, DATA_LIMITS, type FileId } from '@holdfast/contracts';
import { blake3Hasher } from '@holdfast/crypto';
import { assert, type LentParts, toHex } from '@holdfast/kernel';
import { HeldDisk, sampleChunk, seededRandom, simulatedClock } from '@holdfast/testkit';
import { describe, expect, test } from 'vitest';
import { claimedTableEnd, ENTRY_BYTES, frameBytes, tableEnd } from './frame.ts';
import { CHUNK_STORE_LIMITS } from './limits.ts';
import { type ChunkStoreOptions, openChunkStore } from './open-chunk-store.ts';

const hasher = blake3Hasher;
const KIB = 1024;
const LARGE = 100 * KIB;

function open(held: HeldDisk, options: Partial<ChunkStoreOptions> = {}): Promise<ChunkStore> {
  return openChunkStore({
    ...{ disk: held.disk, folder: 'chunks', hasher, clock: simulatedClock() },
    ...{ random: seededRandom('store'), segmentBytes: 64 * 1024 * KIB },
    ...options,
  });
}

function heldDisk(): HeldDisk {
  return new HeldDisk((path) => path.endsWith('.seg'));
}

/** So many chunks of the same bytes, each of a file of its own. */
function chunks(count: number, bytes: number): { readonly id: ChunkId; content: Uint8Array }[] {
  const { id, content } = sampleChunk(hasher, 1, bytes);
  return Array.from({ length: count }, (_, i) => {
    const file = new Uint8Array(16);
    new DataView(file.buffer).setUint32(0, i + 1);
    return { id: { ...id, file: toHex(file) as FileId }, content };
  });
}

function putAll(store: ChunkStore, what: ReturnType<typeof chunks>): Promise<readonly number[]> {
  return Promise.all(what.map(({ id, content }) => store.put(id, [content])));
}

/** The entries and bytes of each frame that is written from now on. */
function framesOf(held: HeldDisk): { entries: number[]; bytes: number[] } {
  const frames = { entries: [] as number[], bytes: [] as number[] };
  held.onWrite = (source, offset) => {
    // A segment begins with its header.
    if (offset === 0) return;
    frames.entries.push((claimedTableEnd(source) - tableEnd(0)) / ENTRY_BYTES);
    frames.bytes.push(source.length);
  };
  return frames;
}

describe('writing', () => {
  // fills CHUNK_STORE_LIMITS.frameEntries
  test('more small records than a frame may have are written as several', async () => {
    const held = heldDisk();
    await using store = await open(held);
    const { entries } = framesOf(held);
    await putAll(store, chunks(CHUNK_STORE_LIMITS.frameEntries + 1, 1));
    expect(entries).toEqual([CHUNK_STORE_LIMITS.frameEntries, 1]);
  });

  // fills CHUNK_STORE_LIMITS.smallFrameBytes
  test('more bytes of small records than a frame may have are written as several', async () => {
    const held = heldDisk();
    await using store = await open(held);
    const { entries, bytes } = framesOf(held);
    await putAll(store, chunks(20, 50 * KIB));
    expect(entries).toEqual([10, 10]);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(CHUNK_STORE_LIMITS.smallFrameBytes);
  });

  // fills CHUNK_STORE_LIMITS.smallFrames
  test('small records that come while a frame of them is written share the next one', async () => {
    const held = heldDisk();
    await using store = await open(held);
    const { entries } = framesOf(held);
    using hold = held.hold();
    const puts = [];
    for (const chunk of chunks(5, 100)) {
      puts.push(putAll(store, [chunk]));
      await held.settle();
    }
    hold[Symbol.dispose]();
    await Promise.all(puts);
    expect(held.writes.most).toBe(CHUNK_STORE_LIMITS.smallFrames);
    expect(entries).toEqual([1, 4]);
  });

  // fills CHUNK_STORE_LIMITS.largeFrames
  test('no more large chunks are written at once than the limit says, and all are', async () => {
    const held = heldDisk();
    await using store = await open(held);
    using hold = held.hold();
    const puts = putAll(store, chunks(CHUNK_STORE_LIMITS.largeFrames + 2, LARGE));
    await held.settle();
    expect(held.writes.now).toBe(CHUNK_STORE_LIMITS.largeFrames);
    hold[Symbol.dispose]();
    await puts;
    expect(held.writes.most).toBe(CHUNK_STORE_LIMITS.largeFrames);
  });

  // fills CHUNK_STORE_LIMITS.queuedBytes
  test('who writes more than may wait for the disk waits for room, and then goes on', async () => {
    const held = heldDisk();
    await using store = await open(held);
    const fit = Math.floor(CHUNK_STORE_LIMITS.queuedBytes / (DATA_LIMITS.chunkBytes + ENTRY_BYTES));
    const [last, unknown, ...first] = chunks(fit + 2, DATA_LIMITS.chunkBytes);
    assert(last !== undefined && unknown !== undefined, 'there are so many');
    using hold = held.hold();
    const puts = putAll(store, first);
    await held.settle();
    // What is not there needs no disk, but its turn.
    expect(await store.touch(unknown.id)).toBeUndefined();
    const put = putAll(store, [last]);
    let answered = false;
    const touch = store.touch(unknown.id).then(() => (answered = true));
    await held.settle();
    expect(answered).toBe(false);
    hold[Symbol.dispose]();
    await Promise.all([puts, put, touch]);
    expect(store.usage.chunks).toBe(fit + 1);
  });

  // fills DATA_LIMITS.chunkBytes
  test('a chunk that is larger than any may be is refused', async () => {
    await using store = await open(heldDisk());
    const put = putAll(store, chunks(1, DATA_LIMITS.chunkBytes + 1));
    await expect(put).rejects.toMatchObject({ code: 'invalid-argument' });
    expect(store.usage.chunks).toBe(0);
  });
});

describe('segments', () => {
  // fills CHUNK_STORE_LIMITS.segmentBytes
  test('what no longer fits into a segment goes to the next one', async () => {
    const held = heldDisk();
    const segmentBytes = 3 * frameBytes(1, LARGE) + 4096;
    await using store = await open(held, { segmentBytes });
    await putAll(store, chunks(7, LARGE));
    expect(segmentSizes(held)).toEqual([segmentBytes, segmentBytes, frameBytes(1, LARGE) + 4096]);
  });

  // fills CHUNK_STORE_LIMITS.segmentEntries
  test('a segment takes no more records than its summary may have, however small they are', async () => {
    const held = heldDisk();
    await using store = await open(held, { segmentEntries: 5 });
    for (const chunk of chunks(12, 1)) await putAll(store, [chunk]);
    expect(segmentSizes(held)).toEqual([6, 6, 3].map((blocks) => blocks * 4096));
  });

  function segmentSizes({ machine }: HeldDisk): number[] {
    const files = machine.files('chunks/segments').filter(({ path }) => path.endsWith('.seg'));
    return files.map(({ bytes }) => bytes);
  }
});

describe('reading', () => {
  // fills CHUNK_STORE_LIMITS.smallReads, CHUNK_STORE_LIMITS.largeReads
  test.for([
    ['small', 100, CHUNK_STORE_LIMITS.smallReads],
    ['large', 8 * LARGE, CHUNK_STORE_LIMITS.largeReads],
  ] as const)(
    'no more %s chunks are read at once than the limit says, and all are',
    async ([, bytes, limit]) => {
      const held = heldDisk();
      await using store = await open(held);
      const all = chunks(limit + 3, bytes);
      await putAll(store, all);
      using hold = held.hold();
      const reads = Promise.all(all.map(({ id }) => store.get(id)));
      await held.settle();
      expect(held.reads.now).toBe(limit);
      hold[Symbol.dispose]();
      expect((await reads).length).toBe(limit + 3);
      expect(held.reads.most).toBe(limit);
    },
  );

  // fills CHUNK_STORE_LIMITS.keptReadBuffers
  test('of memory that comes back from readers no more is kept than the limit says', async () => {
    const held = heldDisk();
    const chunkBytes = 700 * KIB;
    const clock = simulatedClock();
    await using store = await open(held, { chunkBytes, clock });
    const { keptReadBuffers } = CHUNK_STORE_LIMITS;
    const all = chunks(keptReadBuffers + 2, chunkBytes);
    await putAll(store, all);
    const readAll = async (): Promise<{ lent: LentParts[]; fresh: number }> => {
      held.allocated.clear();
      const lent = await Promise.all(all.map(({ id }) => store.get(id)));
      return { lent, fresh: held.allocated.get(frameBytes(1, chunkBytes)) ?? 0 };
    };
    const first = await readAll();
    expect(first.fresh).toBe(all.length);
    for (const parts of first.lent) parts[Symbol.dispose]?.();
    const second = await readAll();
    expect(second.fresh).toBe(all.length - keptReadBuffers);
    for (const parts of second.lent) parts[Symbol.dispose]?.();
    // Nobody reads for a while.
    await clock.advance(CHUNK_STORE_LIMITS.idleAfterMs + 2 * CHUNK_STORE_LIMITS.compactionDelayMs);
    expect((await readAll()).fresh).toBe(all.length);
  });
});

// fills CHUNK_STORE_LIMITS.untoldChunks
test('no more damaged chunks are remembered than the limit says, until somebody was told', async () => {
  const held = heldDisk();
  const untoldChunks = 3;
  await using store = await open(held, { untoldChunks });
  const all = chunks(untoldChunks + 2, 1);
  await putAll(store, all);
  held.machine.fault = ({ kind }) => (kind === 'read' ? 'io' : undefined);
  const read = async (some: typeof all): Promise<void> => {
    for (const { id } of some) await store.get(id).catch(() => {});
  };
  await read(all.slice(0, -1));
  expect(store.untold.length).toBe(untoldChunks);
  expect(store.usage.quarantined).toBe(untoldChunks + 1);
  store.told(store.untold);
  await read(all.slice(-1));
  expect(store.untold.length).toBe(1);
});
