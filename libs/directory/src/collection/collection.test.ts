import { DATA_LIMITS, type ChunkId, type FileId, type StoreId } from '@holdfast/contracts';
import { describe, expect, test } from 'vitest';
import { DIRECTORY_LIMITS } from '../limits.ts';
import { dentries, type Dentry } from '../tables/dentries.ts';
import { tasks } from '../tables/tasks.ts';
import { brokenRules } from '../testing/check-tables.ts';
import { type DirectoryScene, directoryScene } from '../testing/directory-scene.ts';
import { refusedWith } from '../testing/refused-with.ts';

const NOW = { uploadIdleMs: 1e9, trashMs: 0 };

async function reapAll(
  { directory }: DirectoryScene,
  options: Parameters<typeof directory.reap>[0] = NOW,
): Promise<void> {
  for (let more = true; more;) more = await directory.reap(options);
}

/** The chunk of a file that was written, removed, and found to be garbage. */
async function garbageChunk(scene: DirectoryScene): Promise<ChunkId> {
  const { directory, write, as } = scene;
  await write('/shared/keep', 'other');
  const { entry } = await write('/shared/x', 'one');
  await write('/shared/x', 'two');
  await reapAll(scene);
  expect(await directory.garbage(10)).toHaveLength(1);
  expect((await directory.stat({ path: '/shared/x' }, as('alice'))).entry.version).toBe(2);
  return { file: entry.id, hash: scene.hashOf('one') };
}

const LINK: Dentry = {
  ...{ kind: 'link', id: 'e'.repeat(32) as FileId, target: 'x', owner: 'alice' },
  ...{ sizeBytes: 1, version: 0, mode: 0, modifiedMs: 0, committedMs: 0, wanted: 0, confirmed: 0 },
};

/** So many folders that nobody can reach any more, with so many links in each. */
async function unreachable(
  { engine }: DirectoryScene,
  count: number,
  links: number,
): Promise<string[]> {
  const folders = Array.from({ length: count }, (_, i) => `${i}`.padStart(32, 'd'));
  for (const folder of folders) {
    await engine.transact(async (tx) => {
      tx.put(tasks, { after: '' }, 'folder', folder, '');
      for (let i = 0; i < links; i++) tx.put(dentries, LINK, folder, `${i}`);
    });
  }
  return folders;
}

async function entriesIn({ engine }: DirectoryScene, folder: string): Promise<number> {
  const range = { prefix: [folder], limit: 1000 };
  return (await engine.query((tx) => tx.range(dentries, range))).length;
}

describe('collection', () => {
  test('what nothing refers to is garbage until no store is left', async () => {
    const scene = await directoryScene();
    const { directory, engine, stores, write, as } = scene;
    const [first, second, third] = stores as [StoreId, StoreId, StoreId];
    await write('/shared/x', 'one');
    await directory.remove({ path: '/shared/x', recursive: false }, as('admin'));
    await reapAll(scene, { uploadIdleMs: 1e9 });
    expect(await directory.garbage(10), 'the trash keeps it').toEqual([]);
    engine.advance((await directory.settings()).trashMs);
    await reapAll(scene, { uploadIdleMs: 1e9 });
    const [found] = await directory.garbage(10);
    expect(found).toMatchObject({ hash: scene.hashOf('one'), stores });
    if (!found) return;
    expect(await directory.referenced([found])).toEqual([]);
    await directory.collected(found, [first, third]);
    expect(await directory.garbage(10)).toMatchObject([{ stores: [second] }]);
    await directory.collected(found, [second]);
    expect(await directory.garbage(10)).toEqual([]);
    expect(await directory.chunk(found)).toBeUndefined();
    expect(await directory.counts()).toMatchObject({ files: 0, sizeBytes: 0, trashEntries: 0 });
  });

  test('a chunk that comes into use again trusts no copy that may have been deleted', async () => {
    const scene = await directoryScene();
    const { directory, stores, write } = scene;
    const [first, second, third] = stores as [StoreId, StoreId, StoreId];
    const chunk = await garbageChunk(scene);
    // Only the first store confirms it anew; the others were told to delete it.
    await write('/shared/x', 'one', { copies: 1 });
    expect(await directory.garbage(10)).toEqual([]);
    expect(await directory.referenced([chunk])).toEqual([chunk]);
    const doubtful = { generation: 1, confirmed: false };
    expect((await directory.chunk(chunk))?.holders).toEqual([
      { store: first, generation: 1, confirmed: true },
      { store: second, ...doubtful },
      { store: third, ...doubtful },
    ]);
    await directory.collected(chunk, [first, second]);
    expect((await directory.chunk(chunk))?.holders).toEqual([
      { store: first, generation: 1, confirmed: true },
      { store: third, ...doubtful },
    ]);
    expect((await directory.underReplicated(10)).map(({ hash }) => hash)).toEqual([chunk.hash]);
    expect(await brokenRules(scene.engine)).toEqual([]);
  });

  test('what only a dead store holds does not keep the rest of the garbage waiting', async () => {
    const scene = await directoryScene();
    const { directory, write } = scene;
    for (const text of ['a', 'b', 'c', 'd']) await write('/shared/x', text);
    await reapAll(scene);
    const seen: string[] = [];
    for (let turn = 0; turn < 3; turn++) {
      seen.push(...(await directory.garbage(1)).map(({ hash }) => hash));
    }
    expect(new Set(seen).size).toBe(3);
    expect(
      (await directory.garbage(1)).map(({ hash }) => hash),
      'from the beginning',
    ).toEqual([seen[0]]);
  });

  test('a version that is being read stays, and so does all of a deleted file', async () => {
    const scene = await directoryScene();
    const { directory, write, as } = scene;
    await write('/shared/x', 'one');
    const opened = await directory.openVersion('/shared/x', undefined, as('alice'));
    const pin = directory.pin(opened.file, opened.version);
    await write('/shared/x', 'two');
    await reapAll(scene);
    expect((await directory.manifestPage(opened.file, 1, 0)).chunks).toHaveLength(1);
    await directory.remove({ path: '/shared/x', recursive: false }, as('admin'));
    await directory.emptyTrash({}, as('admin'));
    await reapAll(scene);
    expect((await directory.manifestPage(opened.file, 1, 0)).chunks).toHaveLength(1);
    expect(await directory.garbage(10)).toEqual([]);
    pin[Symbol.dispose]();
    await reapAll(scene);
    expect(await refusedWith(directory.manifestPage(opened.file, 1, 0))).toBe('not-found');
    expect(await directory.garbage(10)).toHaveLength(2);
    expect(await brokenRules(scene.engine)).toEqual([]);
  });

  test('a pin held by many is let go by the last, and disposing twice counts once', async () => {
    const scene = await directoryScene();
    const { directory, write } = scene;
    const { entry } = await write('/shared/x', 'one');
    const [one, two] = [directory.pin(entry.id, 1), directory.pin(entry.id, 1)];
    await write('/shared/x', 'two');
    one[Symbol.dispose]();
    one[Symbol.dispose]();
    await reapAll(scene);
    expect((await directory.manifestPage(entry.id, 1, 0)).chunks).toHaveLength(1);
    two[Symbol.dispose]();
    await reapAll(scene);
    expect(await refusedWith(directory.manifestPage(entry.id, 1, 0))).toBe('not-found');
  });

  test('a shared chunk of old versions goes with the last of them', async () => {
    const scene = await directoryScene();
    const { directory, engine, write } = scene;
    const { entry } = await write('/shared/x', 'same');
    await write('/shared/x', 'else');
    engine.advance(1000);
    await write('/shared/x', 'same');
    await write('/shared/x', 'else');
    const chunk = { file: entry.id, hash: scene.hashOf('same') };
    await reapAll(scene, { uploadIdleMs: 1e9, trashMs: 500 });
    expect(await directory.referenced([chunk])).toEqual([chunk]);
    await reapAll(scene);
    expect(await directory.referenced([chunk])).toEqual([]);
    expect(await brokenRules(engine)).toEqual([]);
  });

  test('a folder of any size is removed by one small commit and purged in bounded ones', async () => {
    const scene = await directoryScene();
    const { directory, engine, write, as, keysOfCommits } = scene;
    for (const folder of ['a', 'a/b', 'a/b/c']) {
      await directory.makeFolder({ path: `/shared/${folder}`, parents: false }, as('admin'));
      for (let i = 0; i < 250; i++) await write(`/shared/${folder}/${i}`, `${folder} ${i}`);
    }
    await directory.makeLink({ path: '/shared/a/l', target: 'x' }, as('admin'));
    const before = keysOfCommits.length;
    await directory.remove({ path: '/shared/a', recursive: true }, as('admin'));
    expect(keysOfCommits.at(-1)).toBeLessThan(6);
    expect(await directory.emptyTrash({}, as('admin'))).toEqual({ removed: 1 });
    await reapAll(scene);
    expect(Math.max(...keysOfCommits.slice(before))).toBeLessThan(DATA_LIMITS.commitKeys);
    expect(await directory.counts()).toMatchObject({ files: 0, sizeBytes: 0, trashEntries: 0 });
    expect(await directory.garbage(1000)).toHaveLength(750);
    expect(await brokenRules(engine)).toEqual([]);
  });

  // fills DIRECTORY_LIMITS.reapRows, DIRECTORY_LIMITS.reapKeys
  test('a step of a purge takes some rows of some tasks, and later ones the rest', async () => {
    const scene = await directoryScene();
    const { reapRows, reapKeys } = DIRECTORY_LIMITS;
    const folders = await unreachable(scene, 2 * Math.ceil(reapKeys / reapRows), reapRows + 50);
    const left = (): Promise<number[]> => Promise.all(folders.map((id) => entriesIn(scene, id)));
    const commits = scene.keysOfCommits.length;
    await scene.directory.reap(NOW);
    const [most = 0] = scene.keysOfCommits.slice(commits);
    expect(most).toBeGreaterThanOrEqual(reapKeys);
    expect(most).toBeLessThan(reapKeys + 5 * reapRows);
    const after = await left();
    expect(new Set(after)).toEqual(new Set([50, reapRows + 50]));
    await reapAll(scene);
    expect(await left()).toEqual(folders.map(() => 0));
  });

  // fills DIRECTORY_LIMITS.reapTasks
  test('a step looks at no more tasks than the limit says, and the next one at the others', async () => {
    const scene = await directoryScene();
    const { reapTasks } = DIRECTORY_LIMITS;
    const folders = await unreachable(scene, reapTasks + 10, 0);
    const left = async (): Promise<number> =>
      (await scene.engine.query((tx) => tx.range(tasks, { prefix: [], limit: 1000 }))).length;
    expect(await left()).toBe(folders.length);
    expect(await scene.directory.reap(NOW)).toBe(true);
    expect(await left()).toBe(10);
    await reapAll(scene);
    expect(await left()).toBe(0);
  });

  test('a file with thousands of chunks is purged in bounded commits', async () => {
    const scene = await directoryScene();
    const { directory, engine, upload, as, keysOfCommits } = scene;
    const open = await upload('/shared/x', 'a'.repeat(50));
    const chunks = Array.from({ length: 1500 }, (_, i) => ({
      offset: 50 + i,
      length: 1,
      hash: scene.hashOf(`chunk ${i}`),
      holders: scene.holders(1),
    }));
    await directory.recordChunks(open.upload, chunks);
    await directory.abortUpload(open.upload, as('alice'));
    const before = keysOfCommits.length;
    await reapAll(scene);
    expect(Math.max(...keysOfCommits.slice(before))).toBeLessThan(DATA_LIMITS.commitKeys);
    expect(await directory.garbage(2000)).toHaveLength(1501);
    expect(await directory.counts()).toMatchObject({ underReplicated: 0, singleCopy: 0 });
    expect(await directory.placements(undefined, 10), 'no trace of the new file').toEqual([]);
    expect(await brokenRules(engine)).toEqual([]);
  });
});
