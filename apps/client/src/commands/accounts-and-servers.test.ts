import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeInvite } from '@holdfast/host';
import { sourceOfBytes } from '@holdfast/sdk';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CommandLine } from '../testing/command-line.ts';

let folder: string;
let line: CommandLine;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-accounts-'));
  line = new CommandLine(folder);
  const done = (): Promise<Record<string, never>> => Promise.resolve({});
  const servers = [{ name: 'server-3' }];
  line.frontend.users = { add: done, remove: done, setPassword: done };
  line.frontend.cluster = {
    retire: done,
    forget: done,
    status: () => Promise.resolve({ status: { servers } as never }),
  };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.for([
  [['user', 'add', 'eve'], { user: 'eve', admin: false, home: '/home/eve' }],
  [['user', 'add', 'eve', '--admin'], { user: 'eve', admin: true, home: '/home/eve' }],
  [['user', 'rm', 'eve', '--yes'], { user: 'eve' }],
  [['passwd', 'eve'], { user: 'eve' }],
  [['server', 'retire', 'server-3', '--yes'], { name: 'server-3' }],
  [['server', 'forget', 'server-3', '--yes'], { name: 'server-3' }],
  [['connect', 'fake'], { address: 'fake', user: 'ann', admin: true }],
] as const)('%s tells a script what it did as JSON', async ([words, told]) => {
  line.terminal.input = sourceOfBytes(Buffer.from('secret\n'));
  const asks = words[1] === 'add' || words[0] === 'passwd';
  expect(await line.run(...words, ...(asks ? ['--password-stdin'] : []), '--json')).toBe(0);
  expect(JSON.parse(line.terminal.output)).toEqual(told);
  expect(line.terminal.said).toBe('');
});

test('an invitation that no other machine could use says so, and what to change', async () => {
  const inviting = (frontend: string): void => {
    const invitation = { name: 'server-4', frontends: [frontend], key: new Uint8Array(32) };
    line.frontend.cluster = { invite: () => Promise.resolve({ line: writeInvite(invitation) }) };
  };
  inviting('ws://127.0.0.1:7400');
  expect(await line.run('server', 'invite', 'server-4')).toBe(0);
  expect(line.terminal.output).toMatch(/^holdfast-invite-1\.\S+\n$/);
  expect(line.terminal.said).toContain('set "listen", "address" and "insecure" in frontend.json');
  inviting('ws://10.0.0.1:7400');
  await line.run('server', 'invite', 'server-4');
  expect(line.terminal.said).not.toContain('frontend.json');
});
