import {
  chmod,
  lstat,
  lutimes,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DATA_LIMITS, EXIT_CODES, HoldfastError } from '@holdfast/contracts';
import { testBytes } from '@holdfast/sdk/testing';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { deferred } from '@holdfast/kernel';
import { CLIENT_LIMITS } from '../limits.ts';
import { CommandLine } from '../testing/command-line.ts';

let folder: string;
let line: CommandLine;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-transfers-'));
  line = new CommandLine(folder);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const LARGE = testBytes(2 * DATA_LIMITS.chunkBytes + 77);

test('put tells on how many servers the bytes are', async () => {
  await writeFile(join(folder, 'a'), 'hello');
  expect(await line.run('put', 'a')).toBe(0);
  expect(line.terminal.output).toBe('stored 5 B on 3 servers\n');
  line.frontend.holders = ['server-1', 'server-2'];
  await line.run('put', 'a');
  expect(line.terminal.output).toBe(
    'stored 5 B: 2 of 3 copies, server-3 will be repaired when it returns\n',
  );
  await line.run('put', 'a', '--json');
  expect(JSON.parse(line.terminal.output)).toMatchObject({
    path: '/home/ann/a',
    copies: 2,
    wanted: 3,
    missing: ['server-3'],
  });
});

test('of empty files put claims no servers, since none holds any of their bytes', async () => {
  await mkdir(join(folder, 'd'));
  for (const name of ['a', 'd/b', 'd/c']) await writeFile(join(folder, name), '');
  expect(await line.run('put', 'a')).toBe(0);
  expect(line.terminal.output).toBe('stored an empty file\n');
  await line.run('put', '-r', 'd');
  expect(line.terminal.output).toBe('stored 2 empty files\n');
});

test('where names the servers that hold a file, and of an empty one says that none needs to', async () => {
  await writeFile(join(folder, 'large'), LARGE);
  await writeFile(join(folder, 'empty'), '');
  await line.run('put', 'large', 'empty', '/home/ann');
  await line.run('where', 'large');
  expect(line.terminal.output).toBe(
    [
      '/home/ann/large: version 1, 8.4 MB in 3 parts',
      ...['server-1', 'server-2', 'server-3'].map((name) => `  ${name}  all of it  live`),
      '',
    ].join('\n'),
  );
  await line.run('where', 'empty', '--chunks');
  expect(line.terminal.output).toBe(
    '/home/ann/empty: version 1, empty, so that no server needs to hold any of it\n',
  );
  await line.run('where', 'empty', '--json');
  expect(JSON.parse(line.terminal.output)).toMatchObject({ sizeBytes: 0, chunks: [] });
});

test('stat counts a single byte as one', async () => {
  await writeFile(join(folder, 'a'), 'x');
  await line.run('put', 'a');
  await line.run('stat', 'a');
  expect(line.terminal.output).toMatch(/^size +1 byte \(1 B\)$/m);
});

test('what was put comes back with its bytes, mode and time', async () => {
  await writeFile(join(folder, 'a'), LARGE);
  await chmod(join(folder, 'a'), 0o640);
  await utimes(join(folder, 'a'), 1_700_000_000, 1_700_000_000.25);
  expect(await line.run('put', 'a', 'b')).toBe(0);
  expect(await line.run('get', 'b')).toBe(0);
  expect(Buffer.compare(await readFile(join(folder, 'b')), LARGE)).toBe(0);
  const { mode, mtimeMs } = await stat(join(folder, 'b'));
  expect(mode & 0o777).toBe(0o640);
  expect(Math.round(mtimeMs)).toBe(1_700_000_000_250);
});

test('get leaves a file that is there alone, unless it may replace it', async () => {
  await writeFile(join(folder, 'a'), 'old');
  await line.run('put', 'a');
  await writeFile(join(folder, 'a'), 'mine');
  expect(await line.run('get', 'a')).toBe(EXIT_CODES.conflict);
  line.terminal.canAsk = true;
  line.terminal.answers = [''];
  expect(await line.run('get', 'a')).toBe(EXIT_CODES.conflict);
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('mine');
  line.terminal.answers = ['y'];
  expect(await line.run('get', 'a')).toBe(0);
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('old');
  await writeFile(join(folder, 'a'), 'mine');
  expect(await line.run('get', 'a', '--force')).toBe(0);
  expect(await readFile(join(folder, 'a'), 'utf8')).toBe('old');
});

test('a get into a folder that is not there names it', async () => {
  await writeFile(join(folder, 'a'), 'content');
  await line.run('put', 'a');
  expect(await line.run('get', 'a', 'nowhere/b')).toBe(EXIT_CODES['not-found']);
  expect(line.terminal.said).toContain('There is no folder');
  expect(line.terminal.said).toContain('nowhere on this computer');
});

test.for(['damaged', 'interrupted'] as const)(
  'a get that ends %s leaves no file and no part of one',
  async (how) => {
    await writeFile(join(folder, 'a'), LARGE);
    await line.run('put', 'a', 'b');
    let chunks = 0;
    line.frontend.beforeCall = (method) => {
      if (method !== 'getChunk' || chunks++ === 0) return;
      if (how === 'damaged') throw new HoldfastError('damaged', 'No good copy.');
      line.interruption.abort(new HoldfastError('cancelled', 'Interrupted.'));
    };
    expect(await line.run('get', 'b')).toBe(EXIT_CODES[how]);
    expect(line.terminal.said).toContain(how === 'damaged' ? 'Transfer failed' : 'Interrupted');
    expect(await readdir(folder)).toEqual(['a']);
  },
);

test('a file that changes while it is sent is not stored', async () => {
  await writeFile(join(folder, 'a'), LARGE);
  line.frontend.beforeCall = async (method) => {
    if (method === 'putChunk') await writeFile(join(folder, 'a'), 'shorter');
  };
  expect(await line.run('put', 'a')).toBe(EXIT_CODES.conflict);
  expect(line.terminal.said).toContain('changed while it was sent');
  expect(line.frontend.entries.has('/home/ann/a')).toBe(false);
});

test('put -r and get -r keep the tree, and list what they skip', async () => {
  const tree = join(folder, 'tree');
  await mkdir(join(tree, 'empty'), { recursive: true });
  await mkdir(join(tree, 'sub'), { mode: 0o750 });
  await writeFile(join(tree, 'sub', 'ä b'), 'content');
  await symlink('sub/ä b', join(tree, 'link'));
  await symlink('nowhere', join(tree, 'dangling'));
  await utimes(join(tree, 'sub'), 1_600_000_000, 1_600_000_000);
  await lutimes(join(tree, 'link'), 1_500_000_000, 1_500_000_000);
  const socket = createServer().listen(join(tree, 'socket'));
  try {
    expect(await line.run('put', '-r', 'tree', 'copy')).toBe(EXIT_CODES.failed);
    expect(line.terminal.said).toContain('socket');
    expect(line.terminal.output).toBe('stored 7 B on 3 servers; 1 skipped\n');
  } finally {
    socket.close();
  }
  expect(await line.run('get', '-r', 'copy', 'back')).toBe(0);
  const back = join(folder, 'back');
  expect((await readdir(back)).sort()).toEqual(['dangling', 'empty', 'link', 'sub']);
  expect(await readFile(join(back, 'sub', 'ä b'), 'utf8')).toBe('content');
  expect(await readlink(join(back, 'link'))).toBe('sub/ä b');
  expect((await stat(join(back, 'sub'))).mode & 0o777).toBe(0o750);
  expect((await stat(join(back, 'sub'))).mtimeMs).toBe(1_600_000_000_000);
  expect((await lstat(join(back, 'link'))).mtimeMs).toBe(1_500_000_000_000);
});

const { filesInFlight, midFilesInFlight, smallFileBytes } = CLIENT_LIMITS;

// fills CLIENT_LIMITS.filesInFlight, CLIENT_LIMITS.midFilesInFlight
test.for([
  ['put', filesInFlight, smallFileBytes],
  ['get', filesInFlight, smallFileBytes],
  ['put', midFilesInFlight, smallFileBytes + 1],
  ['get', midFilesInFlight, smallFileBytes + 1],
] as const)('%s -r has %i files of %i bytes under way', async ([command, window, sizeBytes]) => {
  const tree = join(folder, 'tree');
  await mkdir(tree);
  const content = Buffer.alloc(sizeBytes, 'x');
  for (let i = 0; i < 3 * window; i++) await writeFile(join(tree, `${i}`), content);
  if (command === 'get') await line.run('put', '-r', 'tree', 'tree');
  const windowIsFull = deferred();
  let atOnce = 0;
  let most = 0;
  line.frontend.beforeCall = async (method) => {
    if (method !== 'write' && method !== 'openRead') return;
    most = Math.max(most, ++atOnce);
    if (atOnce === window) windowIsFull.resolve();
    await windowIsFull.promise;
    await new Promise((resolve) => setImmediate(resolve));
    atOnce--;
  };
  expect(await line.run(command, '-r', 'tree', 'copy')).toBe(0);
  expect(most).toBe(window);
});

// fills CLIENT_LIMITS.skippedNamed
test('of very many files that were skipped some are named, and the others counted', async () => {
  const tree = join(folder, 'tree');
  await mkdir(tree);
  const files = CLIENT_LIMITS.skippedNamed + 7;
  for (let i = 0; i < files; i++) await writeFile(join(tree, `${i}`), '');
  line.frontend.beforeCall = (method) => {
    if (method === 'write') throw new HoldfastError('forbidden', 'You may not write here.');
  };
  expect(await line.run('put', '-r', 'tree', 'copy')).toBe(EXIT_CODES.failed);
  expect(line.terminal.said.match(/You may not write here/g)?.length).toBe(
    CLIENT_LIMITS.skippedNamed,
  );
  expect(line.terminal.said).toContain('7 more were skipped.');
});

test('put --update sends only what differs in size or time', async () => {
  await writeFile(join(folder, 'a'), 'one');
  await writeFile(join(folder, 'b'), 'two');
  await line.run('put', 'a', 'b', '/home/ann/');
  await writeFile(join(folder, 'b'), 'changed');
  expect(await line.run('put', '--update', 'a', 'b', '/home/ann')).toBe(0);
  expect(line.terminal.output).toBe('stored 7 B on 3 servers; 1 unchanged\n');
});

test('standard input needs a name, and is stored whole', async () => {
  expect(await line.run('put', '-')).toBe(EXIT_CODES.usage);
  line.terminal.input = { read: once(Buffer.from('from a pipe')) };
  expect(await line.run('put', '-', 'piped')).toBe(0);
  expect(await line.run('get', 'piped', '-')).toBe(0);
  expect(line.terminal.output).toBe('from a pipe');
});

test('at the prompt patterns stand for names, here and there, unless they are quoted', async () => {
  for (const name of ['a.txt', 'b.txt', 'c.md']) await writeFile(join(folder, name), name);
  expect(await line.type('put *.txt')).toBe(0);
  expect(line.terminal.output).toBe('stored 2 files, 10 B on 3 servers\n');
  expect(await line.type('cat ?.txt')).toBe(0);
  expect(line.terminal.output).toBe('a.txtb.txt');
  expect(await line.type("cat '?.txt'")).toBe(EXIT_CODES['not-found']);
  expect(await line.type('put *.pdf')).toBe(EXIT_CODES['not-found']);
});

test('several sources need a folder that is there', async () => {
  for (const name of ['a', 'b']) await writeFile(join(folder, name), name);
  expect(await line.run('put', 'a', 'b', 'nowhere')).toBe(EXIT_CODES['not-found']);
  expect(await line.run('put', 'a', 'nowhere/')).toBe(EXIT_CODES['not-found']);
  expect(line.frontend.calls.has('write')).toBe(false);
});

test('rm without a terminal wants --yes; with one it asks', async () => {
  await writeFile(join(folder, 'a'), 'a');
  await line.run('put', 'a');
  expect(await line.run('rm', 'a')).toBe(EXIT_CODES.usage);
  line.terminal.canAsk = true;
  line.terminal.answers = [''];
  expect(await line.run('rm', 'a')).toBe(0);
  expect(line.frontend.entries.has('/home/ann/a')).toBe(true);
  expect(await line.run('rm', '-y', 'a')).toBe(0);
  expect(line.frontend.entries.has('/home/ann/a')).toBe(false);
});

function once(bytes: Uint8Array): (target: Uint8Array) => Promise<number> {
  let rest = bytes;
  return (target) => {
    const piece = rest.subarray(0, target.length);
    target.set(piece);
    rest = rest.subarray(piece.length);
    return Promise.resolve(piece.length);
  };
}
