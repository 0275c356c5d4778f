import { type ChunkId, DATA_LIMITS, type FileId, type UploadId } from '@holdfast/contracts';
import { deferred } from '@holdfast/kernel';
import { describe, expect, test } from 'vitest';
import { COUNTERS } from '../counters.ts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import { brokenRules } from '../testing/check-tables.ts';
import { plainHasher } from '../engine/testing/plain-hasher.ts';
import { distinctRandom } from '../testing/distinct-random.ts';
import { PagesAhead } from '../names/pages-ahead.ts';
import { Pins } from '../versions/pins.ts';
import { uploadProgress } from '../tables/uploads.ts';
import { commitUpload } from './commit-upload.ts';
import { directoryScene } from '../testing/directory-scene.ts';
import { refusedWith } from '../testing/refused-with.ts';

const IDLE = { uploadIdleMs: 1000 };

describe('uploads', () => {
  test('nothing is visible before the commit, and everything after it', async () => {
    const { directory, upload, as, stores } = await directoryScene();
    const open = await upload('/shared/x', 'abcab');
    expect(await refusedWith(directory.stat({ path: '/shared/x' }, as('alice')))).toBe('not-found');
    const recorded = await directory.uploadChunks(open.upload, 1);
    expect(recorded.chunks.map(({ offset }) => offset)).toEqual([1, 2, 3, 4]);
    expect(await open.commit()).toMatchObject({
      entry: { name: 'x', version: 1, sizeBytes: 5, copies: { wanted: 3, confirmed: 3 } },
      holders: stores,
      missing: [],
    });
    const read = await directory.openVersion('/shared/x', undefined, as('bob'));
    expect(read.chunks.map(({ offset, length }) => [offset, length])).toEqual(
      [0, 1, 2, 3, 4].map((offset) => [offset, 1]),
    );
    const rest = await directory.manifestPage(read.file, 1, 3);
    expect(rest.chunks.map(({ offset }) => offset)).toEqual([3, 4]);
    expect(await directory.counts()).toMatchObject({ openUploads: 0, files: 1, sizeBytes: 5 });
  });

  // fills DATA_LIMITS.manifestPageChunks, DIRECTORY_LIMITS.commitChunks
  test('a commit writes few keys whatever the size of the file, and recording stays in bounds', async () => {
    const { directory, engine, as, newFile, placement, hashOf, holders, rootOf, keysOfCommits } =
      await directoryScene();
    const options = { path: '/shared/x' };
    const request = { options, file: newFile(), placement, positions: {} };
    const { upload } = await directory.openUpload(request, as('alice'));
    const length = 3;
    const hashes = Array.from({ length: 2500 }, (_, i) => hashOf(`chunk ${i}`));
    const chunks = hashes.map((hash, i) => ({
      offset: i * length,
      length,
      hash,
      holders: holders(2),
    }));
    await directory.recordChunks(upload, chunks.reverse());
    expect(Math.max(...keysOfCommits)).toBeLessThan(DATA_LIMITS.commitKeys);
    const sizeBytes = hashes.length * length;
    await directory.commitUpload({ upload, sizeBytes, root: rootOf(hashes) }, as('alice'));
    expect(keysOfCommits.at(-1)).toBeLessThan(10);
    const read = await directory.openVersion('/shared/x', undefined, as('alice'));
    expect(read.entry.copies).toEqual({ wanted: 3, confirmed: 2 });
    expect([read.chunks.length, read.more]).toEqual([1000, true]);
    const last = await directory.manifestPage(read.file, 1, 2000 * length);
    expect([last.chunks.length, last.more]).toEqual([500, false]);
    expect(await brokenRules(engine)).toEqual([]);
  });

  test.each([
    ['a gap', [0, 2], 3, 'those from 1 on are missing'],
    ['a missing end', [0, 1], 3, 'those from 2 on are missing'],
    ['something after the end and a gap', [0, 2], 1, 'missing'],
    ['more than announced', [0, 1], 1, 'not the 1 announced'],
    ['another order', [0, 1], 2, 'hash to'],
  ])('a file with %s is not committed', async (_, offsets, sizeBytes, problem) => {
    const { directory, as, newFile, placement, hashOf, holders, rootOf } = await directoryScene();
    const options = { path: '/shared/x' };
    const request = { options, file: newFile(), placement, positions: {} };
    const { upload } = await directory.openUpload(request, as('alice'));
    const chunks = offsets.map((offset) => ({
      offset,
      length: 1,
      hash: hashOf(`${offset}`),
      holders: holders(),
    }));
    await directory.recordChunks(upload, chunks);
    const root = rootOf(chunks.map(({ hash }) => hash).reverse());
    const commit = directory.commitUpload({ upload, sizeBytes, root }, as('alice'));
    await expect(commit).rejects.toMatchObject({
      code: 'invalid-argument',
      message: expect.stringContaining(problem),
    });
    expect((await directory.openUploads()).length).toBe(1);
  });

  test('overlapping chunks, and other bytes at an offset, are refused', async () => {
    const { directory, upload, as, hashOf, holders, rootOf } = await directoryScene();
    const { upload: id } = await upload('/shared/x', 'ab');
    const chunk = { offset: 1, length: 2, hash: hashOf('cc'), holders: holders() };
    expect(await refusedWith(directory.recordChunks(id, [chunk]))).toBe('invalid-argument');
    const wide = { offset: 2, length: 2, hash: hashOf('cc'), holders: holders() };
    const inside = { offset: 3, length: 2, hash: hashOf('dd'), holders: holders() };
    await directory.recordChunks(id, [wide, inside]);
    const root = rootOf(['a', 'b', 'cc', 'dd'].map(hashOf));
    const commit = directory.commitUpload({ upload: id, sizeBytes: 5, root }, as('alice'));
    await expect(commit).rejects.toThrow('overlap at byte 3');
  });

  test('an upload is its own user’s alone', async () => {
    const { directory, upload, as, rootOf } = await directoryScene();
    const { upload: id } = await upload('/shared/x', '');
    const commit = { upload: id, sizeBytes: 0, root: rootOf([]) };
    expect(await refusedWith(directory.findUpload(id, as('bob')))).toBe('upload-gone');
    expect(await refusedWith(directory.commitUpload(commit, as('bob')))).toBe('upload-gone');
    expect(await refusedWith(directory.abortUpload(id, as('bob')))).toBe('upload-gone');
    const done = await directory.commitUpload(commit, as('alice', 7));
    expect(done.entry.sizeBytes).toBe(0);
    expect(await directory.commitUpload(commit, as('alice', 7))).toEqual(done);
    expect(await refusedWith(directory.commitUpload(commit, as('alice')))).toBe('upload-gone');
  });

  test('a store that may have forgotten chunks since is not named, nor counted', async () => {
    const { upload, enrol, stores, directory, as } = await directoryScene();
    const [first, second, third] = stores;
    if (!first || !second || !third) return;
    const open = await upload('/shared/x', 'abc', { require: 3 });
    await enrol(second, 2);
    expect(await refusedWith(open.commit())).toBe('too-few-copies');
    expect(await refusedWith(directory.stat({ path: '/shared/x' }, as('alice')))).toBe('not-found');
    const other = await upload('/shared/y', 'abc');
    await enrol(third, 2);
    expect(await other.commit()).toMatchObject({
      entry: { copies: { wanted: 3, confirmed: 1 } },
      holders: [first],
      missing: [second, third],
    });
  });

  test('chunks put again after a store forgot them count again', async () => {
    const { directory, upload, enrol, stores, holders, hashOf } = await directoryScene();
    const [first] = stores;
    if (!first) return;
    const open = await upload('/shared/x', 'ab', { require: 3 });
    await enrol(first, 2);
    const again = [
      { store: first, generation: 2, confirmed: true, position: 11 },
      ...holders().slice(1),
    ];
    await directory.recordChunks(
      open.upload,
      ['a', 'b'].map((letter, offset) => ({
        offset,
        length: 1,
        hash: hashOf(letter),
        holders: again,
      })),
    );
    expect((await open.commit()).missing).toEqual([]);
  });

  // fills DIRECTORY_LIMITS.openUploads
  test('no more are open in the cluster than the limit says', async () => {
    const { engine, upload } = await directoryScene();
    // The counter is what is looked at; the uploads of others are left out here.
    const others = DIRECTORY_LIMITS.openUploads - 1;
    await engine.transact(async (tx) => tx.add(COUNTERS.openUploads, others));
    const last = await upload('/shared/last', 'a');
    expect(await refusedWith(upload('/shared/more', 'a'))).toBe('limit-exceeded');
    await last.commit();
    await upload('/shared/more', 'a');
  });

  // fills DIRECTORY_LIMITS.uploadsOfFile
  test('no more of one file are open than the limit says, and all notice a copy that is lost', async () => {
    const { directory, write, upload, stores, hashOf } = await directoryScene();
    const [store] = stores;
    if (!store) return;
    const { entry } = await write('/shared/x', 'a', { user: 'alice' });
    const open = [];
    for (let i = 0; i < DIRECTORY_LIMITS.uploadsOfFile; i++) {
      open.push(await upload('/shared/x', 'a'));
    }
    expect(await refusedWith(upload('/shared/x', 'a'))).toBe('limit-exceeded');
    await upload('/shared/y', 'a');
    await directory.dropHolders(store, [{ file: entry.id, hash: hashOf('a') }]);
    expect((await open.at(-1)?.commit())?.missing).toEqual([store]);
    await upload('/shared/x', 'a');
  });

  test.for([3, DIRECTORY_LIMITS.uploadsOfFile + 1])(
    'when %i files lose copies at once, commits that were just checking theirs check again',
    async (count) => {
      const { directory, engine, write, upload, stores, hashOf, as, rootOf } =
        await directoryScene();
      const [store] = stores;
      if (!store) return;
      const lost: ChunkId[] = [];
      const open: UploadId[] = [];
      for (let i = 0; i < count; i++) {
        const { entry } = await write(`/shared/x-${i}`, 'a', { user: 'alice' });
        lost.push({ file: entry.id as FileId, hash: hashOf('a') });
        open.push((await upload(`/shared/x-${i}`, 'a')).upload);
      }
      let checks = 0;
      const dropped = deferred();
      const parts = {
        ...{ random: distinctRandom(), hasher: plainHasher, pins: new Pins() },
        journalHolders: () => ({ inView: [], left: [] }),
        pagesAhead: new PagesAhead(),
        runner: {
          query: engine.query,
          queryAhead: engine.queryAhead,
          transact: async <T>(...args: Parameters<typeof engine.transact<T>>) => {
            // The first time that each of them has checked.
            if (++checks === count) await directory.dropHolders(store, lost).then(dropped.resolve);
            await dropped.promise;
            return await engine.transact<T>(...args);
          },
        },
      };
      const committed = open.map((id) =>
        commitUpload(parts, { upload: id, sizeBytes: 1, root: rootOf([hashOf('a')]) }, as('alice')),
      );
      for (const { missing } of await Promise.all(committed)) expect(missing).toEqual([store]);
      expect(checks).toBe(2 * count);
    },
  );

  // fills DIRECTORY_LIMITS.fileChunks
  test('a file takes no more chunks than the limit says', async () => {
    const { directory, engine, upload, hashOf, holders } = await directoryScene();
    const { upload: id } = await upload('/shared/x', 'a');
    // The count is what is looked at; all chunks but two are left out here.
    await engine.transact(async (tx) => {
      const progress = await tx.get(uploadProgress, id);
      if (!progress) return;
      tx.put(uploadProgress, { ...progress, chunks: DIRECTORY_LIMITS.fileChunks - 1 }, id);
    });
    const record = (offset: number): Promise<void> =>
      directory.recordChunks(id, [
        { offset, length: 1, hash: hashOf(`${offset}`), holders: holders() },
      ]);
    await record(1);
    expect(await refusedWith(record(2))).toBe('limit-exceeded');
    await record(1);
  });

  // fills DIRECTORY_LIMITS.commitAttempts
  test.for([
    ['each time is given up', DIRECTORY_LIMITS.commitAttempts, 'unavailable'],
    ['all but once succeeds', DIRECTORY_LIMITS.commitAttempts - 1, undefined],
  ] as const)('a commit whose chunks change %s', async ([, times, code]) => {
    const scene = await directoryScene();
    const { upload, engine, directory, as, hashOf, holders, rootOf } = scene;
    const { upload: id } = await upload('/shared/x', 'a');
    const [chunk] = [{ offset: 0, length: 1, hash: hashOf('a'), holders: holders() }];
    let checks = 0;
    const parts = {
      ...{ random: distinctRandom(), hasher: plainHasher, pins: new Pins() },
      journalHolders: () => ({ inView: [], left: [] }),
      pagesAhead: new PagesAhead(),
      runner: {
        query: engine.query,
        queryAhead: engine.queryAhead,
        transact: async <T>(...args: Parameters<typeof engine.transact<T>>) => {
          if (checks++ < times) await directory.recordChunks(id, [chunk]);
          return await engine.transact<T>(...args);
        },
      },
    };
    const commit = { upload: id, sizeBytes: 1, root: rootOf([chunk.hash]) };
    const committed = commitUpload(parts, commit, as('alice'));
    if (code === undefined) expect((await committed).entry.sizeBytes).toBe(1);
    else expect(await refusedWith(committed)).toBe(code);
    expect(checks).toBe(DIRECTORY_LIMITS.commitAttempts);
  });

  test('an upload without progress is given up, one with progress is not', async () => {
    const { directory, engine, upload, hashOf, holders } = await directoryScene();
    const idle = await upload('/shared/x', 'ab');
    const busy = await upload('/shared/y', 'a');
    engine.advance(600);
    const chunk = { offset: 1, length: 1, hash: hashOf('b'), holders: holders() };
    await directory.recordChunks(busy.upload, [chunk]);
    engine.advance(600);
    while (await directory.reap(IDLE));
    expect((await directory.openUploads()).map((open) => open.upload)).toEqual([busy.upload]);
    expect(await refusedWith(idle.commit())).toBe('upload-gone');
    const garbage = await directory.garbage(10);
    expect(new Set(garbage.map(({ file }) => file))).toEqual(new Set([idle.file]));
    expect(await brokenRules(engine)).toEqual([]);
  });

  test('a version that is superseded while an upload shares its chunks loses none of them', async () => {
    const { directory, engine, upload, write, as } = await directoryScene();
    await (await upload('/shared/x', 'abc')).commit();
    const second = await upload('/shared/x', 'bcd');
    await write('/shared/x', 'other', { user: 'alice' });
    while (await directory.reap({ uploadIdleMs: 1e9, trashMs: 0 }));
    const letters = (await directory.garbage(10)).length;
    expect(letters, 'only a is garbage').toBe(1);
    expect((await second.commit()).entry).toMatchObject({ version: 3, copies: { confirmed: 3 } });
    const read = await directory.openVersion('/shared/x', undefined, as('bob'));
    expect(read.chunks).toHaveLength(3);
    expect(await brokenRules(engine)).toEqual([]);
  });
});
