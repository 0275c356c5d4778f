import type { StoreId } from '@holdfast/contracts';
import { describe, expect, test } from 'vitest';
import { DIRECTORY_LIMITS } from '../limits.ts';
import { brokenRules } from '../testing/check-tables.ts';
import { directoryScene } from '../testing/directory-scene.ts';

describe('copies', () => {
  test('the worst copied chunks come first, page by page, and repair empties the list', async () => {
    const { directory, engine, write, stores, as } = await directoryScene();
    await write('/shared/two', 'two', { copies: 2 });
    await write('/shared/one', 'one', { copies: 1 });
    await write('/shared/three', 'three', { copies: 3 });
    expect(await directory.counts()).toMatchObject({ underReplicated: 2, singleCopy: 1 });
    const [worst] = await directory.underReplicated(1);
    expect(worst).toMatchObject({ length: 3, wanted: stores });
    const next = await directory.underReplicated(5, worst);
    expect(next.map(({ holders }) => holders.length)).toEqual([2]);
    const holder = { store: stores[2] as StoreId, generation: 1, confirmed: true, position: 11 };
    const added = [worst, ...next].flatMap((chunk) => (chunk ? [{ ...chunk, holder }] : []));
    await directory.addHolders(added);
    const confirmed = async (name: string): Promise<number> =>
      (await directory.stat({ path: `/shared/${name}` }, as('bob'))).entry.copies.confirmed;
    expect([await confirmed('one'), await confirmed('two')]).toEqual([2, 3]);
    expect(await directory.counts()).toMatchObject({ underReplicated: 1, singleCopy: 0 });
    expect(await brokenRules(engine)).toEqual([]);
  });

  test('a holder of another generation than the store has is left out', async () => {
    const { directory, write, stores, as } = await directoryScene();
    const { entry } = await write('/shared/x', 'one', { copies: 2 });
    const [chunk] = await directory.underReplicated(1);
    if (!chunk) return expect.fail('one chunk lacks a copy');
    const holder = { store: stores[2] as StoreId, generation: 2, confirmed: true, position: 11 };
    await directory.addHolders([{ ...chunk, holder }]);
    expect((await directory.chunk(chunk))?.holders).toHaveLength(2);
    expect((await directory.stat({ path: '/shared/x' }, as('bob'))).entry).toEqual(entry);
  });

  test('the entry of a large file shows its least copied chunk, of the current version only', async () => {
    const { directory, upload, stores, hashOf, as, write } = await directoryScene();
    const store = stores[0] as StoreId;
    const { file, commit } = await upload('/shared/x', 'abc');
    await commit();
    const confirmed = async (): Promise<number> =>
      (await directory.stat({ path: '/shared/x' }, as('bob'))).entry.copies.confirmed;
    await directory.dropHolders(store, [{ file, hash: hashOf('b') }]);
    expect(await confirmed()).toBe(2);
    await (await upload('/shared/x', 'acd')).commit();
    expect(await confirmed(), 'b is not in the new version').toBe(3);
    await directory.dropHolders(store, [{ file, hash: hashOf('a') }]);
    expect(await confirmed(), 'a is in both').toBe(2);
    await directory.restore({ path: '/shared/x', version: 1 }, as('bob'));
    expect(await confirmed()).toBe(2);
    await write('/shared/x', '');
    expect(await confirmed(), 'an empty file needs no copies').toBe(3);
  });

  // fills DIRECTORY_LIMITS.copyScanChunks
  test.for([
    [DIRECTORY_LIMITS.copyScanChunks - 1, 3],
    [DIRECTORY_LIMITS.copyScanChunks, 1],
  ] as const)(
    'past %i badly copied chunks of old versions a file is shown with %i copies',
    async ([count, shown]) => {
      const { upload } = await directoryScene();
      const old = String.fromCodePoint(...Array.from({ length: count }, (_, i) => 0x4e00 + i));
      await (await upload('/shared/x', old, { copies: 1 })).commit();
      const { entry } = await (await upload('/shared/x', 'abc')).commit();
      expect(entry.copies).toEqual({ wanted: 3, confirmed: shown });
    },
  );

  test('a copy on a store that may have forgotten it is not shown until that was looked through', async () => {
    const { directory, write, stores, as } = await directoryScene();
    const store = stores[1] as StoreId;
    await write('/shared/x', 'one');
    await write('/shared/empty', '');
    await directory.remove({ path: '/shared/x', recursive: false }, as('admin'));
    await write('/shared/x', 'two');
    const shown = async (): Promise<unknown[]> => {
      const stat = await directory.stat({ path: '/shared/x' }, as('bob'));
      const list = await directory.list({ path: '/shared', limit: 10 }, as('bob'));
      const trash = await directory.listTrash({ limit: 10 }, as('admin'));
      const opened = await directory.openVersion('/shared/x', undefined, as('bob'));
      const entries = [stat.entry, ...list.entries, ...trash.entries.map(({ entry }) => entry)];
      return [...entries, opened.entry].map(({ copies }) => copies.confirmed);
    };
    expect(await shown()).toEqual([3, 3, 3, 3, 3]);
    const forgot = { generation: 2, settledGeneration: 1 };
    await directory.changeStore(store, (known) => ({ ...known, ...forgot }));
    expect(await shown(), 'an empty file needs no copies').toEqual([2, 3, 2, 2, 2]);
    await directory.changeStore(store, (known) => ({ ...known, settledGeneration: 2 }));
    expect(await shown()).toEqual([3, 3, 3, 3, 3]);
    await directory.changeStore(store, (known) => ({ ...known, generation: 3 }));
    await directory.removeStore(store, 'forgotten');
    const [removed, ...others] = await shown();
    expect(removed).toBe(2);
    expect(others).toEqual([2, 2, 2, 2]);
  });

  test('chunks of a store are listed in order, and a removed store leaves no trace', async () => {
    const { directory, engine, write, stores } = await directoryScene();
    const [first, second, third] = stores as [StoreId, StoreId, StoreId];
    for (let i = 0; i < 7; i++) await write(`/shared/${i}`, `text ${i}`, { copies: 1 + (i % 3) });
    const all = await directory.chunksOn(second, undefined, 100);
    expect(all).toHaveLength(4);
    const [one] = await directory.chunksOn(second, undefined, 1);
    expect([one, ...(await directory.chunksOn(second, one, 100))]).toEqual(all);
    await directory.removeStore(third, 'forgotten');
    expect((await directory.stores()).map(({ store }) => store)).toEqual([first, second]);
    expect(await directory.chunksOn(third, undefined, 100)).toEqual([]);
    for (const { placement } of await directory.placements(undefined, 100)) {
      expect(placement).toEqual({ stores: [first, second], copies: 3 });
    }
    expect(await directory.counts()).toMatchObject({ underReplicated: 3, singleCopy: 3 });
    expect(await brokenRules(engine)).toEqual([]);
  });

  test('a file that gets another store lacks copies there, at once or step by step', async () => {
    const { directory, engine, upload, enrol, as, stores, hashOf, holders, rootOf } =
      await directoryScene();
    const fourth = '4'.repeat(32) as StoreId;
    await enrol(fourth, 1);
    const hashes = Array.from({ length: 900 }, (_, i) => hashOf(`chunk ${i}`));
    const { file, upload: id } = await upload('/shared/x', '');
    const recorded = hashes.map((hash, offset) => ({
      offset,
      length: 1,
      hash,
      holders: holders(),
    }));
    await directory.recordChunks(id, recorded);
    const content = { sizeBytes: hashes.length, root: rootOf(hashes) };
    await directory.commitUpload({ upload: id, ...content }, as('alice'));
    await directory.setPlacement(file, { stores: [...stores, fourth], copies: 'all' });
    expect((await directory.counts()).underReplicated).toBe(400);
    while (await directory.reap({ uploadIdleMs: 1e9 }));
    expect((await directory.counts()).underReplicated).toBe(900);
    const { entry } = await directory.stat({ path: '/shared/x' }, as('alice'));
    expect(entry.copies).toEqual({ wanted: 4, confirmed: 3 });
    expect(await brokenRules(engine)).toEqual([]);
  });
});
