import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeFolders, makeFoldersAtOnce } from './make-folders.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-folders-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const ways = [
  ['makeFolders', makeFolders],
  [
    'makeFoldersAtOnce',
    // Awaited like the other; what it throws becomes a rejection.
    async (path: string, mode?: number): Promise<void> => makeFoldersAtOnce(path, mode),
  ],
] as const;

test.for(ways)('%s makes what is missing, again and again', async ([, make]) => {
  const path = join(folder, 'a', 'b', 'c');
  await make(path, 0o700);
  await make(path, 0o755);
  expect((await stat(path)).mode & 0o777).toBe(0o700);
});

test.for(ways)('%s refuses a file in the way, and a link that leads nowhere', async ([, make]) => {
  await writeFile(join(folder, 'file'), '');
  await symlink('nowhere', join(folder, 'link'));
  await expect(make(join(folder, 'file'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(make(join(folder, 'link'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  await expect(make(join(folder, 'file', 'below'))).rejects.toMatchObject({ code: 'ENOTDIR' });
});

test.runIf(process.platform === 'linux').for(ways)(
  '%s ends where a file system takes no new folders',
  async ([, make]) => {
    await expect(make('/proc/holdfast/data')).rejects.toMatchObject({ code: 'ENOTSUP' });
  },
);
