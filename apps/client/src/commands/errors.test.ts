import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EXIT_CODES } from '@holdfast/contracts';
import { CommandLine } from '../testing/command-line.ts';

let folder: string;
let line: CommandLine;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-errors-'));
  line = new CommandLine(folder);
  await writeFile(join(folder, 'a'), 'content');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test('with --json every error is one line of JSON on standard error', async () => {
  expect(await line.run('stat', '--json', 'nope')).toBe(EXIT_CODES['not-found']);
  expect(JSON.parse(line.terminal.said)).toEqual({
    error: { code: 'not-found', message: 'There is no /home/ann/nope.', details: {} },
  });
  expect(await line.run('ls', '--json', '--no-such-option')).toBe(EXIT_CODES.usage);
  expect(JSON.parse(line.terminal.said)).toMatchObject({ error: { code: 'invalid-argument' } });
  expect(await line.run('put', '--json', 'x', 'a', 'y', '/home/ann')).toBe(EXIT_CODES.failed);
  const lines = line.terminal.said
    .trim()
    .split('\n')
    .map((text) => JSON.parse(text) as object);
  expect(lines).toMatchObject([
    { error: { code: 'not-found', details: { localPath: join(folder, 'x') } } },
    { error: { code: 'not-found', details: { localPath: join(folder, 'y') } } },
  ]);
});

test('behind -- the word --json is a name, and errors are sentences', async () => {
  expect(await line.run('stat', '--', '--json')).toBe(EXIT_CODES['not-found']);
  expect(line.terminal.said).toBe('There is no /home/ann/--json.\n');
});

test('a full local disk is not a state of the cluster', async () => {
  await line.run('put', 'a');
  expect(await line.run('get', 'a', '/dev/full')).toBe(EXIT_CODES.failed);
  expect(line.terminal.said).toContain('Cannot write /dev/full: the local disk is full');
});

test('the help of the command that was meant is named, and what is close to the word', async () => {
  expect(await line.run('trash', 'lss')).toBe(EXIT_CODES.usage);
  expect(line.terminal.said).toBe(
    "Unknown command 'trash lss' (Did you mean ls?). Try: holdfast trash --help\n",
  );
  expect(await line.run('rm')).toBe(EXIT_CODES.usage);
  expect(line.terminal.said).toContain('Try: holdfast rm --help');
  expect(await line.type('rm')).toBe(EXIT_CODES.usage);
  expect(line.terminal.said).toContain('Try: rm --help');
});

test('help explains a command of a group, and knows what is none', async () => {
  expect(await line.run('help', 'server', 'copies')).toBe(0);
  expect(line.terminal.output).toContain('Usage: holdfast server copies [options] [copies]');
  expect(await line.run('--address', 'ws://x', 'server', '--help')).toBe(0);
  expect(await line.run('--address', 'ws://x', '--help')).toBe(0);
  expect(await line.run('-u', 'eve', 'help')).toBe(0);
  expect(await line.type('help')).toBe(0);
  expect(line.terminal.output).toMatch(/^Usage: COMMAND \[options\]\n/);
  expect(line.terminal.output).toContain('history [options] <path>');
  expect(await line.type('server')).toBe(EXIT_CODES.usage);
  expect(line.terminal.said).toMatch(/^Usage: server \[options\] \[command\]\n/);
  for (const words of [
    ['help', 'server', 'lss'],
    ['help', 'serve'],
    ['serve', '--help'],
  ]) {
    expect(await line.run(...words)).toBe(EXIT_CODES.usage);
    expect(line.terminal.said).toContain('Unknown command');
  }
});

test.for([
  [['user', 'add', 'Bad Name'], 'No account can be called "Bad Name"'],
  [['passwd', 'Bad'], 'No account can be called "Bad"'],
  [['server', 'invite', 'Server 1'], 'No server can be called "Server 1"'],
  [['server', 'retire', '', '--yes'], 'No server can be called nothing at all'],
  [['server', 'copies', 'many'], 'many is no number of copies'],
  [['put', 'a', '--copies', '1', '--require', '2'], '--require 2 can never be reached'],
  [['put', 'bad\uFFFD'], 'not valid UTF-8'],
] as const)('%j is a mistake that is told in a sentence', async ([words, told]) => {
  expect(await line.run(...words)).toBe(EXIT_CODES.usage);
  expect(line.terminal.said).toContain(told);
});

test('put -r of an empty folder tells that the folder is stored', async () => {
  await mkdir(join(folder, 'tree', 'empty'), { recursive: true });
  expect(await line.run('put', '-r', 'tree')).toBe(0);
  expect(line.terminal.output).toBe('stored 2 folders\n');
  expect(line.frontend.entries.has('/home/ann/tree/empty')).toBe(true);
});

test('more copies than servers are remarked on', async () => {
  expect(await line.run('put', '--copies', '4', 'a')).toBe(0);
  expect(line.terminal.output).toContain('4 copies were asked for, and there are 3 servers');
  await line.run('put', '--copies', '4', '--json', 'a');
  expect(JSON.parse(line.terminal.output)).toMatchObject({ copies: 3, wanted: 3, asked: 4 });
});

test('put -r makes a folder of a new name that is written with a slash, put of a file does not', async () => {
  await mkdir(join(folder, 'tree'));
  await writeFile(join(folder, 'tree', 'below'), 'content');
  expect(await line.run('put', '-r', 'tree/', 'backup/')).toBe(0);
  expect(line.frontend.entries.has('/home/ann/backup/below')).toBe(true);
  for (const words of [
    ['put', 'a', 'new/'],
    ['put', '-r', 'a', 'new/'],
  ]) {
    expect(await line.run(...words)).toBe(EXIT_CODES['not-found']);
    expect(line.terminal.said).toContain('There is no folder /home/ann/new.');
  }
});

test('what a pattern finds and cannot be sent is told for what it is', async () => {
  await symlink('nowhere', join(folder, 'lost'));
  await writeFile(Buffer.from(`${folder}/bad\xff`, 'latin1'), '');
  expect(await line.type('put *')).toBe(EXIT_CODES.failed);
  expect(line.terminal.said).toContain(`${folder}/lost is a link that leads nowhere.`);
  expect(line.terminal.said).toMatch(/The name of .*bad.* is not valid UTF-8/);
  expect(line.terminal.output).toBe('stored 7 B on 3 servers; 2 skipped\n');
});
