import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { playStory } from './demo-story.ts';
import { runScript } from './run-script.ts';

async function makeFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-story-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

// fills DEMO_LIMITS.commandMs
test('a command of the story that does not end is ended after a time, and counts as failed', async () => {
  const cwd = await makeFolder();
  const script = join(cwd, 'hangs.mjs');
  await writeFile(script, `console.log('begun'); setInterval(() => {}, 1_000);`);
  const { code } = await runScript(script, [], { cwd, env: process.env, timeoutMs: 300 });
  expect(code).toBe(1);
});

// fills DEMO_LIMITS.repairMs
test('a cluster that is never repaired makes the claim untrue after a time', async () => {
  const status = { servers: [{ state: 'live' }], repair: { underReplicated: 1 } };
  const stored = new Map<string, Buffer>();
  const cluster = {
    folder: await makeFolder(),
    kill: async () => {},
    start: async () => {},
    run: async () => ({ code: 0, output: '' }),
    done: async (command: string, from = '', to = '') => {
      if (command === 'put') stored.set(to, await readFile(from));
      if (command === 'get') await writeFile(to, stored.get(from) ?? '');
      return JSON.stringify(command === 'put' ? { copies: 3 } : status);
    },
  };
  const told = new Map<string, boolean>();
  await playStory(cluster, (claim, isTrue) => void told.set(claim, isTrue), 50);
  expect(told.get('the file is read, byte for byte')).toBe(true);
  expect(told.get('what they missed is repaired without a command')).toBe(false);
});
