import {
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  readlink,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { utf8 } from '@holdfast/kernel';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CLIENT_LIMITS } from '../limits.ts';
import { EXIT_CODES } from '@holdfast/contracts';
import { CommandLine } from '../testing/command-line.ts';

let folder: string;
let line: CommandLine;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-links-'));
  line = new CommandLine(folder);
  await mkdir(join(folder, 'tree', 'sub'), { recursive: true });
  await writeFile(join(folder, 'tree', 'sub', 'file'), 'content');
  const links = {
    toFile: 'sub/file',
    toFolder: 'sub',
    again: 'toFile',
    lost: 'nowhere',
    round: 'round',
  };
  for (const [name, target] of Object.entries(links)) {
    await symlink(target, join(folder, 'tree', name));
  }
  await line.run('put', '-r', 'tree');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.for(['tree/toFile', 'tree/again', 'tree/toFolder/file'])(
  'cat and get of %s give what the link leads to',
  async (name) => {
    expect(await line.run('cat', name)).toBe(0);
    expect(line.terminal.output).toBe('content');
    expect(await line.run('get', name, 'copy')).toBe(0);
    expect(await readFile(join(folder, 'copy'), 'utf8')).toBe('content');
  },
);

test('a named link to a folder is that folder for get -r, ls and cd; links inside stay links', async () => {
  expect(await line.run('get', 'tree/toFolder')).toBe(EXIT_CODES.conflict);
  expect(await line.run('get', '-r', 'tree/toFolder', 'out')).toBe(0);
  expect(await readdir(join(folder, 'out'))).toEqual(['file']);
  expect(await line.run('get', '-r', 'tree', 'all')).toBe(0);
  expect(await readlink(join(folder, 'all', 'toFolder'))).toBe('sub');
  expect(await line.run('ls', 'tree/toFolder')).toBe(0);
  expect(line.terminal.output).toBe('file\n');
  expect(await line.type('cd tree/toFolder')).toBe(0);
  await line.type('pwd');
  expect(line.terminal.output).toBe('/home/ann/tree/sub\n');
});

test.for(['cat', 'get', 'cp'])(
  '%s of a link that leads nowhere names the link',
  async (command) => {
    const more = command === 'cat' ? [] : ['copy'];
    expect(await line.run(command, 'tree/lost', ...more)).toBe(EXIT_CODES['not-found']);
    expect(line.terminal.said).toContain(
      'The link /home/ann/tree/lost leads to /home/ann/tree/nowhere',
    );
    expect(await line.run(command, 'tree/round', ...more)).toBe(EXIT_CODES.usage);
    expect(line.terminal.said).toContain('circle');
  },
);

// fills CLIENT_LIMITS.linksFollowed
test('links to links are followed, up to a number', async () => {
  const { linksFollowed } = CLIENT_LIMITS;
  for (let i = 0; i <= linksFollowed; i++) {
    const target = i === 0 ? 'tree/sub/file' : `link-${i - 1}`;
    await line.frontend.files.makeLink({ path: `/home/ann/link-${i}`, target });
  }
  expect(await line.run('cat', `link-${linksFollowed - 1}`)).toBe(0);
  expect(line.terminal.output).toBe('content');
  expect(await line.run('cat', `link-${linksFollowed}`)).toBe(EXIT_CODES.usage);
});

test('links to folders are followed in the middle of every path, also behind patterns', async () => {
  await writeFile(join(folder, 'new'), 'new');
  expect(await line.run('put', 'new', 'tree/toFolder/put')).toBe(0);
  expect(await line.run('mkdir', '-p', 'tree/toFolder/made/deep')).toBe(0);
  expect(await line.run('cp', 'tree/toFolder/put', 'tree/toFolder/made/deep/copied')).toBe(0);
  await line.run('ls', '-R', 'tree/sub');
  expect(line.terminal.output.match(/put|made|deep|copied/g)).toEqual([
    'made',
    'put',
    'made',
    'deep',
    'made',
    'deep',
    'copied',
  ]);
  expect(await line.run('ls', 'tree/to*/f*')).toBe(0);
  expect(line.terminal.output).toBe('file\n');
  expect(await line.run('stat', 'tree/toFolder/file', '--json')).toBe(0);
  expect(JSON.parse(line.terminal.output)).toMatchObject({ path: '/home/ann/tree/sub/file' });
  expect(await line.run('rm', '--yes', 'tree/toFolder/put')).toBe(0);
  expect(line.frontend.entries.has('/home/ann/tree/sub/put')).toBe(false);
  expect(await line.run('stat', 'tree/toFile/x')).toBe(EXIT_CODES.conflict);
  expect(await line.run('stat', 'tree/round/x')).toBe(EXIT_CODES.conflict);
});

test('put and cp to a link write what it leads to, and rm removes the link', async () => {
  await writeFile(join(folder, 'new'), 'new');
  expect(await line.run('put', 'new', 'tree/toFolder')).toBe(0);
  expect(line.frontend.content('/home/ann/tree/sub/new')).toEqual(utf8('new'));
  expect(await line.run('put', 'new', 'tree/toFile')).toBe(0);
  expect(line.frontend.content('/home/ann/tree/sub/file')).toEqual(utf8('new'));
  expect(await line.run('put', 'new', 'tree/lost')).toBe(EXIT_CODES['not-found']);
  expect(line.terminal.said).toContain('The link /home/ann/tree/lost leads to');
  expect(await line.run('rm', '--yes', 'tree/toFolder')).toBe(0);
  expect(line.frontend.entries.has('/home/ann/tree/sub/new')).toBe(true);
  expect(line.frontend.entries.has('/home/ann/tree/toFolder')).toBe(false);
});
