import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const LINES = 400;

// A program that writes numbered lines, a few a millisecond, while its log is being bounded.
const program = `
import { boundLog } from ${JSON.stringify(new URL('./bound-log.ts', import.meta.url).href)};
boundLog(4096, 1);
let line = 0;
const timer = setInterval(() => {
  for (let i = 0; i < 4; i++) console.log('line', line++, '.'.repeat(20));
  if (line >= ${LINES}) clearInterval(timer);
}, 1);`;

// fills HOST_LIMITS.logBytes
test('a log in a file is turned over without losing the newest lines', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-log-'));
  const file = join(folder, 'part.log');
  const log = openSync(file, 'a');
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    stdio: ['ignore', log, log],
  });
  await once(child, 'exit');
  closeSync(log);

  expect((await stat(file)).size).toBeLessThan(8192);
  const kept = (await readFile(`${file}.1`, 'utf8')) + (await readFile(file, 'utf8'));
  const numbers = [...kept.matchAll(/^line (\d+)/gm)].map((match) => Number(match[1]));
  expect(numbers.length).toBeGreaterThan(50);
  expect(numbers).toEqual(numbers.map((_, index) => LINES - numbers.length + index));
  await rm(folder, { recursive: true });
});
