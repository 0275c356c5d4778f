import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { diskSuite } from '@holdfast/testkit';
import { DISK_BLOCK_BYTES } from '@holdfast/kernel';
import { nodeDisk } from './node-disk.ts';

// Not under /tmp, which may be in memory, where direct I/O means nothing.
const parent = mkdtempSync(join(process.platform === 'linux' ? '/var/tmp' : tmpdir(), 'holdfast-'));
afterAll(() => rmSync(parent, { recursive: true, force: true }));

let made = 0;
const freshRoot = (): string => join(parent, `disk-${made++}`);

diskSuite('a folder of this machine', async () => nodeDisk(freshRoot()));
diskSuite('a folder of this machine without direct I/O', async () =>
  nodeDisk(freshRoot(), { direct: false }),
);

test('any buffer suits direct I/O, whatever its size', async () => {
  const disk = nodeDisk(freshRoot());
  await using file = await disk.open('file', { mode: 'create', direct: true });
  const buffers = Array.from({ length: 60 }, (_, i) =>
    disk.allocate(DISK_BLOCK_BYTES * (1 + ((i * 37) % 300))),
  );
  for (const buffer of buffers) await file.write(buffer, 0);
});

test('a lock ends with its process when that is killed, and is one for all paths to a folder', async () => {
  const root = freshRoot();
  const disk = nodeDisk(root);
  const alias = freshRoot();
  symlinkSync(root, alias);
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--conditions=@holdfast/source', '-e', HOLD, alias],
    {
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  try {
    await once(child.stdout, 'data');
    await expect(disk.lock('lock')).rejects.toMatchObject({
      code: 'locked',
      message: expect.stringContaining(`process ${child.pid}`),
    });
  } finally {
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  await using _held = await disk.lock('lock');
});

const HOLD = `
  const { nodeDisk } = await import('@holdfast/host');
  await nodeDisk(process.argv[1]).lock('lock');
  console.log('held');
  setInterval(() => {}, 1000);
`;

test('a sync of a file that was deleted meanwhile fails, because nobody will find the bytes', async () => {
  const disk = nodeDisk(freshRoot());
  await using file = await disk.open('file', { mode: 'create' });
  await file.write(new Uint8Array(10), 0);
  await file.sync();
  await disk.unlink('file');
  await expect(file.sync()).rejects.toMatchObject({
    code: 'io',
    message: expect.stringContaining('deleted while it was open'),
  });
});

test('a path that leads out of the disk is a defect', async () => {
  const disk = nodeDisk(freshRoot());
  await expect(async () => await disk.list('../')).rejects.toThrow('stays below its root');
});
