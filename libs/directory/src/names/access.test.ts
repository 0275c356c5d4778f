import type { CallContext, ErrorCode } from '@holdfast/contracts';
import { describe, expect, test } from 'vitest';
import { directoryScene } from '../testing/directory-scene.ts';
import { refusedWith } from '../testing/refused-with.ts';

describe('access (§P9)', () => {
  test('nobody but its user and the administrator sees a home, or learns what is in it', async () => {
    const { directory, write, as } = await directoryScene();
    await write('/home/alice/x', 'secret', { user: 'alice' });
    const attempts = (path: string, context: CallContext): Promise<ErrorCode | 'done'>[] => [
      refusedWith(directory.stat({ path }, context)),
      refusedWith(directory.list({ path, limit: 1 }, context)),
      refusedWith(directory.openVersion(path, undefined, context)),
      refusedWith(directory.remove({ path, recursive: true }, context)),
      refusedWith(directory.rename({ from: path, to: '/shared/x', replace: false }, context)),
      refusedWith(directory.rename({ from: '/shared/x', to: path, replace: true }, context)),
      refusedWith(directory.makeFolder({ path: `${path}/y`, parents: true }, context)),
      refusedWith(directory.fileForWrite({ path }, context)),
      refusedWith(directory.history({ path }, context)),
    ];
    for (const path of ['/home/alice', '/home/alice/x', '/home/alice/none', '/home/nobody/x']) {
      const codes = await Promise.all(attempts(path, as('bob')));
      expect(new Set(codes), path).toEqual(new Set(['forbidden']));
    }
    expect((await directory.stat({ path: '/home/alice/x' }, as('admin'))).entry.sizeBytes).toBe(6);
  });

  test('listings near the root show what the caller may enter', async () => {
    const { directory, as } = await directoryScene();
    await directory.makeFolder({ path: '/private', parents: false }, as('admin'));
    const names = async (path: string, user: string, limit: number): Promise<string[]> => {
      const { entries, more } = await directory.list({ path, limit }, as(user));
      return [...entries.map(({ name }) => name), ...(more ? ['…'] : [])];
    };
    expect(await names('/', 'bob', 10)).toEqual(['home', 'shared']);
    expect(await names('/home', 'bob', 1)).toEqual(['bob']);
    expect(await names('/', 'admin', 2)).toEqual(['home', 'private', '…']);
    expect(await names('/home', 'admin', 10)).toEqual(['alice', 'bob']);
    expect(await directory.usage({ path: '/' }, as('bob'))).toMatchObject({ folders: 3 });
    expect(await directory.usage({ path: '/' }, as('admin'))).toMatchObject({ folders: 5 });
  });

  test('all users write below /shared, and nobody moves what every directory has', async () => {
    const { directory, write, as } = await directoryScene();
    await write('/shared/x', 'hello', { user: 'alice' });
    await write('/shared/x', 'there', { user: 'bob' });
    for (const path of ['/', '/home', '/shared', '/home/bob', '/new']) {
      const code = await refusedWith(directory.remove({ path, recursive: true }, as('bob')));
      expect(code, path).toBe('forbidden');
    }
    for (const path of ['/', '/home', '/shared']) {
      const removed = directory.remove({ path, recursive: true }, as('admin'));
      const moved = directory.rename({ from: path, to: '/new', replace: false }, as('admin'));
      expect(await refusedWith(removed), path).toBe('forbidden');
      expect(await refusedWith(moved), path).toBe('forbidden');
    }
    const given = directory.setAttributes({ path: '/shared/x', owner: 'bob' }, as('alice'));
    expect(await refusedWith(given)).toBe('forbidden');
  });

  test('a session without a user, as of another part, is no user', async () => {
    const { directory, as } = await directoryScene();
    const context = as('alice');
    context.session.principal = { kind: 'part', part: 'server', name: 'server-1' };
    expect(await refusedWith(directory.stat({ path: '/' }, context))).toBe('unauthenticated');
    context.session.principal = undefined;
    expect(await refusedWith(directory.stat({ path: '/' }, context))).toBe('unauthenticated');
  });

  test('what one user deleted, another neither lists nor brings back', async () => {
    const { directory, write, as } = await directoryScene();
    await write('/shared/x', 'hello', { user: 'alice' });
    const { trashId } = await directory.remove({ path: '/shared/x', recursive: false }, as('bob'));
    expect((await directory.listTrash({ limit: 10 }, as('alice'))).entries).toEqual([]);
    expect(await refusedWith(directory.undelete({ id: trashId }, as('alice')))).toBe('not-found');
    expect((await directory.undelete({ id: trashId }, as('bob'))).path).toBe('/shared/x');
  });
});
