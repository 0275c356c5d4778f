import { truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { PseudoTerminal } from './support/pseudo-terminal.ts';
import { HOLDFAST, TestCluster } from './support/test-cluster.ts';

const PROMPT = /admin.*> $/;

test('the prompt is driven by a person', async () => {
  await using cluster = await TestCluster.start();
  await using terminal = new PseudoTerminal(`${process.execPath} ${HOLDFAST}`, {
    cwd: cluster.folder,
    env: cluster.env,
  });
  await terminal.expect(PROMPT);

  terminal.line('mkdir "My Photos"');
  await terminal.expect(PROMPT);
  terminal.line('cd My\\ Photos');
  await terminal.expect(/My Photos.*> $/);
  terminal.line('pwd');
  await terminal.expect(/\/home\/admin\/My Photos\r?\n[^]*> $/);

  // Tab completes the name, with the space quoted.
  terminal.line('cd');
  await terminal.expect(PROMPT);
  terminal.type('ls My\t');
  await terminal.expect(/ls (?:My\\ Photos|"My Photos|'My Photos)/);
  terminal.line('');
  await terminal.expect(PROMPT);

  terminal.line('sttaus');
  await terminal.expect(/status/);

  // A notice arrives by itself, and what was being typed is still there.
  terminal.type('ls /sha');
  await cluster.kill('server-2');
  await terminal.expect(/server-2[^]*2 of 3/, 30_000);
  terminal.line('red');
  await terminal.expect(PROMPT);

  terminal.line('rm -r "My Photos"');
  await terminal.expect(/\?/);
  terminal.line('');
  await terminal.expect(PROMPT);
  terminal.line('ls');
  await terminal.expect(/My Photos/);

  terminal.line('quit');
  expect(await terminal.exitCode()).toBe(0);
  expect(terminal.unread).toMatch(/goes on|cluster down/);
});

test('Ctrl-C stops a transfer and keeps the prompt', async () => {
  await using cluster = await TestCluster.start({ servers: 1 });
  const big = join(cluster.folder, 'big');
  await writeFile(big, '');
  await truncate(big, 3 * 1024 ** 3);
  await using terminal = new PseudoTerminal(`${process.execPath} ${HOLDFAST}`, {
    cwd: cluster.folder,
    env: cluster.env,
  });
  await terminal.expect(PROMPT);
  terminal.line('put big');
  await terminal.expect(/ of 3\.2 GB {2}.*B\/s {2}.* left/);
  terminal.type('\u0003');
  await terminal.expect(/Interrupted[^]*> $/);
  terminal.line('ls');
  expect(await terminal.expect(/ls[^]*> $/)).not.toMatch(/big/);
  terminal.line('quit');
  expect(await terminal.exitCode()).toBe(0);
});

test('questions are given up with an empty line or Ctrl-C, and nothing is changed', async () => {
  await using cluster = await TestCluster.start({ servers: 1 });
  await cluster.done(['put', '-', 'kept'], { input: 'content' });
  await using terminal = new PseudoTerminal(`${process.execPath} ${HOLDFAST}`, {
    cwd: cluster.folder,
    env: cluster.env,
  });
  await terminal.expect(PROMPT);
  for (const [command, question] of [
    ['rm kept', /\[y\/N\] $/],
    ['server retire server-1', /\[y\/N\] $/],
    ['passwd', /New password for admin: $/],
  ] as const) {
    for (const answer of ['\r', '\u0003']) {
      terminal.line(command);
      await terminal.expect(question);
      terminal.type(answer);
      await terminal.expect(/Nothing was changed[^]*> $/);
    }
  }
  terminal.line('server retire server-7');
  await terminal.expect(/No server named server-7[^]*> $/);
  terminal.line('quit');
  expect(await terminal.exitCode()).toBe(0);
  expect((await cluster.done(['cat', 'kept'])).stdout).toBe('content');
});
