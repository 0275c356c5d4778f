import { isHoldfastError } from '@holdfast/contracts';
import { compareBytes, utf8 } from '@holdfast/kernel';
import { describe, expect, test } from 'vitest';
import { DIRECTORY_LIMITS } from '../limits.ts';
import { plainHasher } from '../engine/testing/plain-hasher.ts';
import { distinctRandom } from '../testing/distinct-random.ts';
import { PagesAhead } from './pages-ahead.ts';
import { Pins } from '../versions/pins.ts';
import { usage } from './usage.ts';
import { directoryScene } from '../testing/directory-scene.ts';
import { refusedWith } from '../testing/refused-with.ts';

describe('names', () => {
  test('a folder goes to the trash with what is in it, and comes back elsewhere', async () => {
    const { directory, write, as } = await directoryScene();
    const alice = as('alice');
    await directory.makeFolder({ path: '/home/alice/a/b', parents: true }, alice);
    await write('/home/alice/a/b/x', 'hello', { user: 'alice' });
    const { trashId } = await directory.remove({ path: '/home/alice/a', recursive: true }, alice);
    const gone = directory.stat({ path: '/home/alice/a/b/x' }, alice);
    expect(await refusedWith(gone)).toBe('not-found');
    expect((await directory.listTrash({ limit: 10 }, alice)).entries).toMatchObject([
      { id: trashId, path: '/home/alice/a', entry: { name: 'a', kind: 'folder' } },
    ]);
    await directory.makeFolder({ path: '/home/alice/a', parents: false }, alice);
    expect(await refusedWith(directory.undelete({ id: trashId }, alice))).toBe('already-exists');
    const back = await directory.undelete({ id: trashId, to: '/home/alice/c' }, alice);
    expect(back).toMatchObject({ path: '/home/alice/c', entry: { name: 'c' } });
    const read = await directory.openVersion('/home/alice/c/b/x', undefined, alice);
    expect(await directory.locate(read.file)).toBe('/home/alice/c/b/x');
    expect(await directory.usage({ path: '/home/alice' }, alice)).toEqual({
      files: 1,
      folders: 3,
      sizeBytes: 5,
    });
  });

  test('nobody removes or moves the home that their own relative paths begin in', async () => {
    const { directory, as } = await directoryScene();
    const path = '/home/alice';
    const removed = directory.remove({ path, recursive: true }, as('alice'));
    expect(await refusedWith(removed)).toBe('forbidden');
    await directory.ensureHome('admin');
    const administrator = as('admin');
    const own = directory.remove({ path: '/home/admin', recursive: true }, administrator);
    expect(await refusedWith(own)).toBe('forbidden');
    const moved = directory.rename(
      { from: '/home/admin', to: '/shared/admin', replace: false },
      administrator,
    );
    expect(await refusedWith(moved)).toBe('forbidden');
  });

  test('a missing parent is named, and so is a file where a folder would have to be', async () => {
    const { directory, write, as } = await directoryScene();
    await write('/shared/file', 'x');
    const details = async (path: string): Promise<unknown> => {
      try {
        return await directory.makeFolder({ path, parents: false }, as('alice'));
      } catch (error) {
        if (!isHoldfastError(error)) throw error;
        return [error.code, error.details['missing'] ?? error.details['obstacle']];
      }
    };
    expect(await details('/shared/a/b/c')).toEqual(['not-found', '/shared/a']);
    expect(await details('/shared/file/c')).toEqual(['not-a-folder', '/shared/file']);
    expect(await details('/shared/file')).toEqual(['already-exists', undefined]);
    const write2 = write('/shared', 'x');
    expect(await refusedWith(write2)).toBe('is-a-folder');
  });

  test('a folder never moves into itself or below itself', async () => {
    const { directory, as } = await directoryScene();
    await directory.makeFolder({ path: '/shared/a/b', parents: true }, as('alice'));
    for (const to of ['/shared/a/c', '/shared/a/b/c', '/shared/a/none/c']) {
      const moved = directory.rename({ from: '/shared/a', to, replace: true }, as('alice'));
      expect(await refusedWith(moved), to).toBe('invalid-argument');
    }
    const same = { from: '/shared/a', to: '/shared/a', replace: false };
    expect((await directory.rename(same, as('alice'))).entry.name).toBe('a');
  });

  test('two folders moved into each other at once do not vanish in a cycle', async () => {
    const { directory, as } = await directoryScene();
    for (const name of ['a', 'b']) {
      await directory.makeFolder({ path: `/shared/${name}`, parents: false }, as('alice'));
    }
    const moves = await Promise.all([
      refusedWith(
        directory.rename({ from: '/shared/a', to: '/shared/b/a', replace: false }, as('alice')),
      ),
      refusedWith(
        directory.rename({ from: '/shared/b', to: '/shared/a/b', replace: false }, as('alice')),
      ),
    ]);
    expect(moves.sort()).toEqual(['done', 'not-found']);
    expect(await directory.usage({ path: '/shared' }, as('alice'))).toMatchObject({ folders: 2 });
  });

  test('a folder is listed page by page, in the order of the bytes of its names', async () => {
    const { directory, write, as } = await directoryScene();
    const names = ['a', 'B', 'é', '\u{1F600}', '\uFFFD', 'ab'];
    for (const name of names) await write(`/shared/${name}`, name);
    const found: string[] = [];
    let after: string | undefined;
    for (let more = true; more;) {
      const page = await directory.list({ path: '/shared', limit: 2, after }, as('alice'));
      found.push(...page.entries.map(({ name }) => name));
      after = found.at(-1);
      more = page.more;
    }
    expect(found).toEqual(names.sort((a, b) => compareBytes(utf8(a), utf8(b))));
  });

  // fills DIRECTORY_LIMITS.pagePathChars
  test('a page of a folder or of the trash with long links is as short as its answer needs', async () => {
    const { directory, as } = await directoryScene();
    const names = Array.from({ length: 60 }, (_, i) => `link-${String(i).padStart(2, '0')}`);
    const target = '\u0001'.repeat(4_000);
    for (const name of names)
      await directory.makeLink({ path: `/shared/${name}`, target }, as('alice'));
    const params = { path: '/shared', limit: 1_000 };
    const first = await directory.list(params, as('alice'));
    expect(first.more).toBe(true);
    expect(JSON.stringify(first).length).toBeLessThan(1.1 * DIRECTORY_LIMITS.pagePathChars);
    const after = first.entries.at(-1)?.name;
    const rest = await directory.list({ ...params, after }, as('alice'));
    expect(rest.more).toBe(false);
    expect([...first.entries, ...rest.entries].map(({ name }) => name)).toEqual(names);

    for (const name of names)
      await directory.remove({ path: `/shared/${name}`, recursive: false }, as('alice'));
    const bin = await directory.listTrash({ limit: 1_000 }, as('alice'));
    const others = await directory.listTrash(
      { limit: 1_000, after: bin.entries.at(-1)?.id },
      as('alice'),
    );
    expect([bin.more, others.more]).toEqual([true, false]);
    expect(bin.entries.length + others.entries.length).toBe(names.length);
  });

  test('a link is kept as it is given and is neither read nor overwritten as a file', async () => {
    const { directory, write, as } = await directoryScene();
    const made = await directory.makeLink({ path: '/shared/l', target: '../x' }, as('alice'));
    expect(made.entry).toMatchObject({ kind: 'link', target: '../x', version: 0 });
    expect(await refusedWith(write('/shared/l', 'x'))).toBe('already-exists');
    const read = directory.openVersion('/shared/l', undefined, as('alice'));
    expect(await refusedWith(read)).toBe('invalid-argument');
  });

  test('attributes change without a new version', async () => {
    const { directory, write, as } = await directoryScene();
    await write('/shared/x', 'x', { user: 'alice' });
    const changed = { path: '/shared/x', mode: 0o600, modifiedMs: -1.5 };
    const { entry } = await directory.setAttributes(changed, as('alice'));
    expect(entry).toMatchObject({ mode: 0o600, modifiedMs: -1.5, version: 1, owner: 'alice' });
    const { versions } = await directory.history({ path: '/shared/x' }, as('alice'));
    expect(versions).toMatchObject([{ version: 1, modifiedMs: -1.5, current: true }]);
  });

  // fills DIRECTORY_LIMITS.historyVersions
  test('a history names as many versions as the limit says, the newest ones', async () => {
    const { directory, write, as } = await directoryScene();
    const limit = DIRECTORY_LIMITS.historyVersions;
    for (let i = 0; i <= limit; i++) await write('/shared/x', '', { user: 'alice' });
    const { versions } = await directory.history({ path: '/shared/x' }, as('alice'));
    expect(versions.length).toBe(limit);
    expect([versions[0]?.version, versions.at(-1)?.version]).toEqual([limit + 1, 2]);
  });

  // fills DIRECTORY_LIMITS.usageFolders
  test('what is below a folder is not counted when too many folders would have to wait', async () => {
    const { directory, engine, as } = await directoryScene();
    for (const name of ['a', 'a/1', 'a/2', 'b']) {
      await directory.makeFolder({ path: `/shared/${name}`, parents: false }, as('alice'));
    }
    const parts = {
      ...{ runner: engine, random: distinctRandom(), hasher: plainHasher, pins: new Pins() },
      journalHolders: () => ({ inView: [], left: [] }),
      pagesAhead: new PagesAhead(),
    };
    const count = (most: number): Promise<unknown> =>
      usage(parts, { path: '/shared' }, as('alice'), most);
    expect(await count(3)).toMatchObject({ folders: 4 });
    expect(await refusedWith(count(1))).toBe('limit-exceeded');
  });

  test('a repeated call gets its first answer, whatever happened since', async () => {
    const { directory, as } = await directoryScene();
    const path = '/shared/a';
    const answer = await directory.makeFolder({ path, parents: false }, as('alice', 1));
    await directory.remove({ path: '/shared/a', recursive: false }, as('alice', 2));
    const repeated = await directory.makeFolder({ path, parents: false }, as('alice', 1));
    expect(repeated).toEqual(answer);
    expect(await refusedWith(directory.stat({ path: '/shared/a' }, as('alice')))).toBe('not-found');
  });
});
