import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { DirectMemory } from './direct-memory.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-direct-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a place that cannot even be asked about its probe has no direct I/O, and says no more', () => {
  const file = join(folder, 'a file where a folder should be');
  writeFileSync(file, '');
  const memory = DirectMemory.below(file);
  expect(memory.available).toBe(false);
  expect(memory.allocate(4096).length).toBe(4096);
});
