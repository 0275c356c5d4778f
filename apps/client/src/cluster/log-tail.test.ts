import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CLUSTER_LIMITS } from './limits.ts';
import { logTail } from './log-tail.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-log-tail-'));
});
afterAll(() => rm(folder, { recursive: true }));

// fills CLUSTER_LIMITS.logTailLines
test('of a log only the last lines are shown', async () => {
  const file = join(folder, 'many');
  const lines = Array.from({ length: 3 * CLUSTER_LIMITS.logTailLines }, (_, i) => `line ${i}`);
  await writeFile(file, `${lines.join('\n')}\n`);
  const shown = (await logTail(file)).split('\n').map((line) => line.trim());
  expect(shown).toEqual(lines.slice(-CLUSTER_LIMITS.logTailLines));
});

// fills CLUSTER_LIMITS.logTailBytes
test('of a log with an endless line only the end is read', async () => {
  const file = join(folder, 'long');
  await writeFile(file, `${'x'.repeat(4 * CLUSTER_LIMITS.logTailBytes)}\nthe end\n`);
  const shown = await logTail(file);
  expect(shown).toMatch(/the end$/);
  expect(shown.length).toBeLessThan(CLUSTER_LIMITS.logTailBytes + 100);
});
