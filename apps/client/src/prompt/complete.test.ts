import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { blake3Hasher } from '@holdfast/crypto';
import { nodeClock } from '@holdfast/host';
import { FakeFrontend, fakeClient } from '@holdfast/sdk/testing';
import { simulatedClock } from '@holdfast/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { clusterCommands } from '../cluster/cluster-commands.ts';
import { openClusterFolder } from '../cluster/cluster-folder.ts';
import { ensureInstances } from '../cluster/make-instances.ts';
import { commands } from '../commands/index.ts';
import { CLIENT_LIMITS } from '../limits.ts';
import { Place } from '../place.ts';
import { completeLine } from './complete.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-complete-'));
  await mkdir(join(folder, 'My Music'));
  await writeFile(join(folder, "it's"), '');
  await writeFile(join(folder, 'it\u001b[31m\nruns'), '');
  await ensureInstances(openClusterFolder(join(folder, 'two')), { servers: 2 });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The line as Tab leaves it where there is one way to go on, else all ways. */
async function tab(line: string): Promise<string | readonly string[]> {
  const frontend = new FakeFrontend();
  const servers = [{ name: 'server-1' }, { name: 'server-2' }, { name: 'spare' }];
  frontend.cluster = { status: () => Promise.resolve({ status: { servers } as never }) };
  const users = [{ user: 'ann' }, { user: 'bob' }] as never;
  frontend.users = { list: () => Promise.resolve({ users }) };
  const deleted = [{ path: '/home/ann/old song' }, { path: '/shared/old song' }];
  const trash = { entries: deleted, more: false };
  Object.assign(frontend.files, { listTrash: () => Promise.resolve(trash) });
  for (const path of ['/home', '/home/ann', '/home/ann/My Photos', '/home/ann/a "quoted" name']) {
    frontend.addFolder(path);
  }
  const { client } = fakeClient(frontend, nodeClock, blake3Hasher);
  const connections = { current: client } as never;
  const all = [...commands, ...clusterCommands];
  const parts = { commands: all, connections, place: new Place(folder) };
  const [completions, end] = await completeLine(line, parts);
  const [only, ...more] = completions;
  if (only === undefined || more.length > 0) return completions;
  return line.slice(0, line.length - end.length) + only;
}

test.for([
  ['hist', 'history '],
  ['ser', 'server '],
  ['server co', 'server copies '],
  ['help undel', 'help undelete '],
  ['help server inv', 'help server invite '],
  ['put --req', 'put --require '],
  ['server retire --y', 'server retire --yes '],
  ['cd My', 'cd My\\ Photos/'],
  ['cd "My', 'cd "My Photos/'],
  ["cd 'My", "cd 'My Photos/"],
  ['ls a', 'ls a\\ \\"quoted\\"\\ name/'],
  ['ls "a', 'ls "a \\"quoted\\" name/'],
  ['ls /home/a', 'ls /home/ann/'],
  ['lcd My', 'lcd My\\ Music/'],
  ['put it', "put it\\'s "],
  ['put "it', 'put "it\'s" '],
  ['server retire s', ['server-1', 'server-2', 'spare']],
  ['server forget --accept-loss sp', 'server forget --accept-loss spare '],
  ['server scrub sp', 'server scrub spare '],
  ['server scrub spare s', []],
  ['server invite s', []],
  ['user rm b', 'user rm bob '],
  ['passwd b', 'passwd bob '],
  ['connect --user b', 'connect --user bob '],
  ['undelete o', 'undelete old\\ song '],
  ['get --version 2 My', 'get --version 2 My\\ Photos/'],
  ['put --copies ', []],
  ['cluster ki', 'cluster kill '],
  ['cluster up --data My', 'cluster up --data My\\ Music/'],
] as const)('Tab makes %s into %s', async ([line, completed]) => {
  expect(await tab(line)).toEqual(completed);
});

test('Tab sends nothing to the terminal that a name hides in itself', async () => {
  expect(await tab('put it')).toBe("put it\\'s ");
});

test('Tab shows what there is where there are several ways to go on', async () => {
  expect(await tab('server ')).toEqual([
    'invite ',
    'retire ',
    'forget ',
    'ls ',
    'scrub ',
    'copies ',
  ]);
  expect(await tab('cat ')).toEqual(['My\\ Photos/', 'a\\ \\"quoted\\"\\ name/']);
  expect(await tab('nothing ')).toEqual([]);
});

// fills CLIENT_LIMITS.completions
test('of very many names Tab shows some', async () => {
  const many = join(folder, 'many');
  await mkdir(many);
  const names = Array.from({ length: CLIENT_LIMITS.completions + 1 }, (_, i) => `file-${i}`);
  await Promise.all(names.map((name) => writeFile(join(many, name), '')));
  expect((await tab('put many/f')).length).toBe(CLIENT_LIMITS.completions);
});

test('Tab knows the parts of the cluster that the line names', async () => {
  expect(await tab(`cluster kill --data ${join(folder, 'two')} s`)).toEqual([
    'server-1',
    'server-2',
  ]);
  expect(await tab(`cluster kill --data ${join(folder, 'none')} s`)).toEqual([]);
});

// fills CLIENT_LIMITS.completionMs
test.for(['ls ', 'undelete ', 'server retire ', 'user rm '])(
  'Tab after "%s" does not wait long for a frontend that hangs',
  async (line) => {
    const clock = simulatedClock();
    const frontend = new FakeFrontend();
    let asked = 0;
    const hang = (): Promise<never> => {
      asked++;
      return new Promise(() => {});
    };
    frontend.cluster = { status: hang };
    frontend.users = { list: hang };
    frontend.beforeCall = hang;
    Object.assign(frontend.files, { listTrash: hang });
    const { client } = fakeClient(frontend, clock, blake3Hasher);
    const parts = { commands, connections: { current: client } as never, place: new Place(folder) };
    const [completions] = await clock.run(completeLine(line, parts));
    expect(completions).toEqual([]);
    expect(asked).toBe(1);
    expect(clock.monotonicMs()).toBe(CLIENT_LIMITS.completionMs);
  },
);
