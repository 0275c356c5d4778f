import type { FileId, StoreId } from '@holdfast/contracts';
import { expect, test } from 'vitest';
import type { CommittedWrite, FilePlacement } from '../directory.ts';
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
    return directory.writeInline({ options, file, placement, chunk }, as('admin'));
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
