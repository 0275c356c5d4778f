import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LocalSource } from './local-source.ts';

test('a named pipe that nobody writes to is refused instead of waited for', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-source-'));
  try {
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    await expect(LocalSource.open(pipe)).rejects.toMatchObject({ code: 'invalid-argument' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
