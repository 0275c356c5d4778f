import type {
  ChunkHash,
  ChunkId,
  ChunkStore,
  DirectoryId,
  FileId,
  Hasher,
  StoreId,
} from '@holdfast/contracts';
import { joinParts, toHex } from '@holdfast/kernel';
import { describe, expect, test } from 'vitest';

export interface ChunkStorePlace {
  /** Opens the store; the same one each time. */
  open(): Promise<ChunkStore>;
}

/** A chunk that a test made up. */
export interface SampleChunk {
  readonly id: ChunkId;
  readonly content: Uint8Array;
}

/** What every chunk store must do. `make` gives a place that has none yet. */
export function chunkStoreSuite(
  name: string,
  hasher: Hasher,
  make: () => Promise<ChunkStorePlace>,
): void {
  const sample = (number: number, bytes: number): SampleChunk => sampleChunk(hasher, number, bytes);

  describe(`${name} as a chunk store`, () => {
    test('keeps chunks of all sizes, in their bytes, also over a restart', async () => {
      const place = await make();
      const sizes = [1, 4000, 4096, 65_536, 65_537, 200_000, 0, 12_345];
      const chunks = sizes.map((bytes, i) => sample(i, bytes));
      {
        await using store = await place.open();
        await Promise.all(chunks.map(({ id, content }) => store.put(id, inParts(content))));
        for (const chunk of chunks) await expectThere(store, chunk);
      }
      await using store = await place.open();
      for (const chunk of chunks) await expectThere(store, chunk);
      expect(store.usage).toMatchObject({
        chunks: sizes.length,
        chunkBytes: sizes.reduce((sum, bytes) => sum + bytes),
        quarantined: 0,
      });
    });

    test('what it lends stays as it is until it is given back, and is given back once', async () => {
      await using store = await (await make()).open();
      const chunks = Array.from({ length: 6 }, (_, i) => sample(i, 200_000 + i));
      for (const { id, content } of chunks) await store.put(id, [content]);
      for (const round of [0, 1, 2]) {
        const lent = await Promise.all(chunks.map(({ id }) => store.get(id)));
        lent[round]?.[Symbol.dispose]?.();
        lent[round]?.[Symbol.dispose]?.();
        lent.push(...(await Promise.all(chunks.slice(0, 3).map(({ id }) => store.get(id)))));
        for (const [i, parts] of lent.entries()) {
          if (i === round) continue;
          expect(toHex(joinParts(parts))).toBe(toHex(chunks[i % 6]?.content ?? new Uint8Array()));
          parts[Symbol.dispose]?.();
        }
      }
    });

    test('numbers its acknowledgements without ever using a number twice', async () => {
      const place = await make();
      const positions: number[] = [];
      for (let boot = 0; boot < 3; boot++) {
        await using store = await place.open();
        const puts = Array.from({ length: 70 }, (_, i) => sample(100 * boot + i, 1024));
        positions.push(...(await Promise.all(puts.map((c) => store.put(c.id, [c.content])))));
        expect(store.position).toBe(Math.max(...positions));
      }
      expect(new Set(positions).size).toBe(210);
    });

    test('refuses bytes that are not those which the hash names, and keeps nothing', async () => {
      await using store = await (await make()).open();
      const { id } = sample(1, 100);
      const wrong = store.put(id, [sample(2, 100).content]);
      await expect(wrong).rejects.toMatchObject({ code: 'damaged' });
      expect(store.has(id)).toBeUndefined();
      await expect(store.get(id)).rejects.toMatchObject({ code: 'not-found' });
    });

    test('a chunk that is there already is touched instead', async () => {
      await using store = await (await make()).open();
      const chunk = sample(1, 50_000);
      const first = await store.put(chunk.id, [chunk.content]);
      const { chunkBytes } = store.usage;
      const again = await Promise.all([1, 2, 3].map(() => store.put(chunk.id, [chunk.content])));
      const touched = (await store.touch(chunk.id)) ?? 0;
      expect([first, ...again, touched]).toEqual([...new Set([first, ...again, touched])].sort());
      expect(store.has(chunk.id)).toEqual({ ...chunk.id, length: 50_000, position: touched });
      expect(store.usage).toMatchObject({ chunks: 1, chunkBytes });
      expect(await store.touch(sample(2, 1).id)).toBeUndefined();
    });

    test('a delete is refused if something came after its position', async () => {
      const place = await make();
      const chunk = sample(1, 3000);
      {
        await using store = await place.open();
        const put = await store.put(chunk.id, [chunk.content]);
        const touch = (await store.touch(chunk.id)) ?? 0;
        expect(await store.delete(chunk.id, put)).toBe(false);
        await expectThere(store, chunk);
        expect(await store.delete(chunk.id, touch)).toBe(true);
        expect(await store.delete(chunk.id, touch)).toBe(true);
        expect(store.has(chunk.id)).toBeUndefined();
      }
      await using store = await place.open();
      expect(store.has(chunk.id)).toBeUndefined();
      await store.put(chunk.id, [chunk.content]);
      await expectThere(store, chunk);
      expect(await store.delete(chunk.id, store.position - 1)).toBe(false);
    });

    test('a delete that races with a put or touch lets the later one win', async () => {
      await using store = await (await make()).open();
      for (let i = 0; i < 20; i++) {
        const chunk = sample(i, 500);
        await store.put(chunk.id, [chunk.content]);
        const upTo = store.position;
        const touching = store.touch(chunk.id);
        // The delete comes at every point of the touch's way.
        for (let turn = 0; turn < i; turn++) await Promise.resolve();
        const [touched, deleted] = await Promise.all([touching, store.delete(chunk.id, upTo)]);
        // Either the touch came first and the delete was refused, or the delete came first.
        expect(deleted).toBe(touched === undefined);
        expect(store.has(chunk.id) === undefined).toBe(deleted);
      }
    });

    test('the same bytes in two files are two chunks', async () => {
      await using store = await (await make()).open();
      const { id, content } = sample(1, 100);
      const other = { ...id, file: 'f'.repeat(32) as FileId };
      await store.put(id, [content]);
      expect(store.has(other)).toBeUndefined();
      await store.put(other, [content]);
      await store.delete(id, store.position);
      await expectThere(store, { id: other, content });
    });

    test('lists chunks in order of file and hash, page by page', async () => {
      await using store = await (await make()).open();
      const chunks = Array.from({ length: 120 }, (_, i) => sample(i, 10));
      await Promise.all(chunks.map(({ id, content }) => store.put(id, [content])));
      const listed: string[] = [];
      for (let after: ChunkId | undefined; ;) {
        const page = store.list(after, 7);
        listed.push(...page.map(nameOf));
        after = page.at(-1);
        if (page.length < 7) break;
      }
      expect(listed).toEqual(chunks.map(({ id }) => nameOf(id)).sort());
    });

    test('belongs to one directory and to no epoch that is over', async () => {
      const place = await make();
      const directory = 'd'.repeat(32) as DirectoryId;
      const adoptId = 'a'.repeat(32) as StoreId;
      {
        await using store = await place.open();
        expect([store.directory, store.epoch]).toEqual([undefined, 0]);
        await store.bind({ directory, epoch: 5, generation: 3, adoptId });
        await store.bind({
          directory,
          epoch: 7,
          generation: 1,
          adoptId: 'b'.repeat(32) as StoreId,
        });
        const foreign = { directory: 'e'.repeat(32) as DirectoryId, epoch: 9, generation: 1 };
        await expect(store.bind(foreign)).rejects.toMatchObject({ code: 'foreign-store' });
        const stale = store.bind({ directory, epoch: 6, generation: 1 });
        await expect(stale).rejects.toMatchObject({ code: 'stale-epoch' });
        await store.raiseGeneration('a test says so');
      }
      await using store = await place.open();
      expect([store.directory, store.epoch, store.generation]).toEqual([directory, 7, 4]);
      expect(store.id).toBe(adoptId);
    });

    test('in the place of a lost disk it has no generation until it is told one', async () => {
      const place = await make();
      const directory = 'd'.repeat(32) as DirectoryId;
      const adoptId = 'a'.repeat(32) as StoreId;
      await using store = await place.open();
      await store.bind({ directory, epoch: 5, generation: 0, adoptId });
      expect([store.id, store.generation]).toEqual([adoptId, 0]);
      await store.bind({ directory, epoch: 5, generation: 0, adoptId });
      await store.bind({ directory, epoch: 5, generation: 2, adoptId });
      expect(store.generation).toBe(2);
    });

    test('a closed one answers nothing', async () => {
      const { id, content } = sample(1, 10);
      const store = await (await make()).open();
      await store.put(id, [content]);
      await store[Symbol.asyncDispose]();
      const closed = { code: 'unavailable' };
      await expect(store.put(id, [content])).rejects.toMatchObject(closed);
      await expect(store.get(id)).rejects.toMatchObject(closed);
    });
  });
}

/** A chunk whose bytes depend on its number; a few files share all numbers. */
export function sampleChunk(hasher: Hasher, number: number, bytes: number): SampleChunk {
  const content = new Uint8Array(bytes);
  for (let i = 0; i < bytes; i++) content[i] = (number * 31 + i * 7 + (i >> 8)) & 0xff;
  const file = toHex(new Uint8Array(16).fill(number % 5)) as FileId;
  return { id: { file, hash: toHex(hasher.hash([content])) as ChunkHash }, content };
}

function nameOf(id: ChunkId): string {
  return `${id.file}/${id.hash}`;
}

function inParts(content: Uint8Array): Uint8Array[] {
  const third = Math.floor(content.length / 3);
  return [content.subarray(0, third), content.subarray(third, third), content.subarray(third)];
}

async function expectThere(store: ChunkStore, { id, content }: SampleChunk): Promise<void> {
  expect(store.has(id)).toMatchObject({ ...id, length: content.length });
  expect(toHex(joinParts(await store.get(id)))).toBe(toHex(content));
}
