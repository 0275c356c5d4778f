import type { FileId, StoreId, TransactionRunner } from '@holdfast/contracts';
import { fromUtf8, utf8 } from '@holdfast/kernel';
import { describe, expect, test } from 'vitest';
import type { CommittedWrite, FilePlacement } from '../directory.ts';
import { contents } from '../tables/contents.ts';
import { brokenRules } from '../testing/check-tables.ts';
import { directoryScene } from '../testing/directory-scene.ts';
import { refusedWith } from '../testing/refused-with.ts';

test('a store whose disk was lost is not named for bytes that it had before', async () => {
  const scene = await directoryScene();
  const [first = '' as StoreId, second = '' as StoreId, third = '' as StoreId] = scene.stores;
  await scene.write('/shared/a', 'same');
  await scene.enrol(third, 2);
  const written = await scene.write('/shared/a', 'same', { copies: 2 });
  expect(written.holders).toEqual([first, second]);
  expect(written.missing).toEqual([third]);
  expect(written.entry.copies).toMatchObject({ confirmed: 2 });
});

test('a write that asks for another number of copies changes that with its commit, or not at all', async () => {
  const { as, directory, engine, hashOf, holders, stores, write } = await directoryScene();
  const { entry } = await write('/shared/a', 'before');
  const file = entry.id as FileId;
  const placement = { stores: stores.slice(0, 1), copies: 1 };
  const writeAnew = (require: number): Promise<CommittedWrite> => {
    const options = { path: '/shared/a', copies: 1, require };
    const chunk = { hash: hashOf('after'), length: 5, holders: holders(1) };
    return directory.writeSmall({ options, file, placement, chunk }, as('admin'));
  };
  const placed = async (): Promise<FilePlacement | undefined> =>
    (await directory.placements(undefined, 1))[0]?.placement;

  expect(await refusedWith(writeAnew(2))).toBe('too-few-copies');
  expect(await placed()).toEqual({ stores, copies: 3 });
  expect((await writeAnew(1)).missing).toEqual([]);
  expect(await placed()).toEqual(placement);
  expect(await brokenRules(engine)).toEqual([]);
});

test('so does an upload, whose chunks are not to be copied elsewhere meanwhile', async () => {
  const { as, directory, engine, hashOf, holders, rootOf, stores, write } = await directoryScene();
  const { entry } = await write('/shared/a', 'before');
  const file = entry.id as FileId;
  const placement = { stores: stores.slice(0, 1), copies: 1 };
  const send = async (require: number): Promise<CommittedWrite> => {
    const options = { path: '/shared/a', copies: 1, require };
    const { upload } = await directory.openUpload(
      { file, placement, options, positions: {} },
      as('admin'),
    );
    const hash = hashOf(`copies ${require}`);
    const chunk = { offset: 0, length: 1, hash, holders: holders(1) };
    await directory.recordChunks(upload, [chunk]);
    expect((await directory.counts()).underReplicated).toBe(0);
    const commit = { upload, sizeBytes: 1, root: rootOf([chunk.hash]) };
    return await directory.commitUpload(commit, as('admin')).catch(async (error: unknown) => {
      await directory.abortUpload(upload, as('admin'));
      throw error;
    });
  };
  const placed = async (): Promise<FilePlacement | undefined> =>
    (await directory.placements(undefined, 1))[0]?.placement;

  expect(await refusedWith(send(2))).toBe('too-few-copies');
  expect(await placed()).toEqual({ stores, copies: 3 });
  expect((await send(1)).missing).toEqual([]);
  expect(await placed()).toEqual(placement);
  expect(await brokenRules(engine)).toEqual([]);
});

describe('bytes that the directory keeps itself', () => {
  test('are read with the version, and have no chunk that could lack copies', async () => {
    const { as, directory, engine, hashOf, stores, write } = await directoryScene();
    const written = await write('/shared/a', 'few', { inline: true });
    expect(written).toMatchObject({ inline: true, holders: stores, missing: [] });
    expect(written.entry).toMatchObject({ sizeBytes: 3, copies: { wanted: 3, confirmed: 3 } });
    const opened = await directory.openVersion('/shared/a', undefined, as('admin'));
    const chunk = { offset: 0, length: 3, hash: hashOf('few'), holders: [], bytes: utf8('few') };
    expect(opened.chunks).toEqual([chunk]);
    expect(await directory.manifestPage(opened.file, 1, 0)).toEqual({
      chunks: [chunk],
      more: false,
    });
    expect(await directory.counts()).toMatchObject({ files: 1, sizeBytes: 3, underReplicated: 0 });
    expect(await brokenRules(engine)).toEqual([]);
  });

  test('have a copy on each store in view, and no other is shown', async () => {
    const { as, directory, setView, stores, write } = await directoryScene();
    await write('/shared/a', 'few', { inline: true });
    await write('/shared/b', 'chunk');
    const shown = async (): Promise<(number | undefined)[]> => {
      const { entries } = await directory.list({ path: '/shared', limit: 10 }, as('admin'));
      const { entry } = await directory.stat({ path: '/shared/a' }, as('admin'));
      const opened = await directory.openVersion('/shared/a', undefined, as('admin'));
      return [...entries, entry, opened.entry].map(({ copies }) => copies.confirmed);
    };
    expect(await shown()).toEqual([3, 3, 3, 3]);
    setView(stores.slice(0, 1));
    expect(await shown()).toEqual([1, 3, 1, 1]);
    await directory.remove({ path: '/shared/a', recursive: false }, as('admin'));
    const { entries } = await directory.listTrash({ limit: 10 }, as('admin'));
    expect(entries.map(({ entry }) => entry.copies.confirmed)).toEqual([1]);
    setView(stores);
    const { entries: then } = await directory.listTrash({ limit: 10 }, as('admin'));
    expect(then.map(({ entry }) => entry.copies.confirmed)).toEqual([3]);
  });

  test('have a copy on stores of the file that left the view with all that there was', async () => {
    const { as, directory, engine, enrol, setView, stores, write } = await directoryScene();
    const [first, second = '' as StoreId, third = '' as StoreId] = stores;
    await write('/shared/a', 'few', { inline: true });
    engine.advance(10);
    const copies = async (): Promise<number> =>
      (await directory.stat({ path: '/shared/a' }, as('admin'))).entry.copies.confirmed;
    const away = (...which: StoreId[]) => which.map((store) => ({ store, atMs: engine.nowMs }));
    setView([], away(...stores));
    expect(await copies()).toBe(3);
    setView(first ? [first] : [], away(second));
    expect(await copies()).toBe(2);
    // A store of no file, one that left before, and one that may have forgotten what it had.
    setView(stores.slice(0, 1), away('4'.repeat(32) as StoreId));
    expect(await copies()).toBe(1);
    setView(stores.slice(0, 1), [{ store: second, atMs: engine.nowMs - 10 }]);
    expect(await copies()).toBe(1);
    await enrol(third, 2);
    await directory.changeStore(third, (known) => ({
      ...known,
      generation: 3,
      settledGeneration: 2,
    }));
    setView(stores.slice(0, 1), away(second, third));
    expect(await copies()).toBe(2);
    setView(stores);
    expect(await copies()).toBe(2);
  });

  test('stay with an old version, are shared by one that restores it, and go with the last', async () => {
    const { as, directory, engine, write } = await directoryScene();
    await write('/shared/a', 'first', { inline: true });
    await write('/shared/a', 'second');
    await directory.restore({ path: '/shared/a', version: 1 }, as('admin'));
    const bytesOf = async (version: number): Promise<string | undefined> => {
      const { chunks } = await directory.openVersion('/shared/a', version, as('admin'));
      return chunks[0]?.bytes && fromUtf8(chunks[0].bytes);
    };
    expect([await bytesOf(1), await bytesOf(2), await bytesOf(3)]).toEqual([
      'first',
      undefined,
      'first',
    ]);
    const expire = async (): Promise<void> => {
      engine.advance(10);
      while (await directory.reap({ uploadIdleMs: 1e9, trashMs: 1 }));
      expect(await brokenRules(engine)).toEqual([]);
    };
    await expire();
    expect(await bytesOf(3)).toBe('first');
    await write('/shared/a', 'third', { inline: true });
    await expire();
    expect(await keptContents(engine)).toBe(1);
    await directory.remove({ path: '/shared/a', recursive: false }, as('admin'));
    await expire();
    expect(await keptContents(engine)).toBe(0);
  });
});

async function keptContents(runner: TransactionRunner): Promise<number> {
  return await runner.query(
    async (tx) => (await tx.range(contents, { prefix: [], limit: 9 })).length,
  );
}
