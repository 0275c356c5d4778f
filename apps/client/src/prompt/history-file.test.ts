import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { CLIENT_LIMITS } from '../limits.ts';
import { HistoryFile } from './history-file.ts';

// fills CLIENT_LIMITS.historyLines
test('a history has the newest lines, and its file does not grow for ever', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'holdfast-history-'));
  const path = join(folder, 'history');
  const { historyLines } = CLIENT_LIMITS;
  const typed = Array.from({ length: 2 * historyLines + 1 }, (_, i) => `ls ${i}`);
  await writeFile(path, `${typed.join('\n')}\n`);
  const history = new HistoryFile(path);
  await history.load();
  const newest = typed.slice(-historyLines);
  expect(history.lines).toEqual(newest.toReversed());
  expect(await readFile(path, 'utf8')).toBe(`${newest.join('\n')}\n`);
  await history.add('one more');
  expect(history.lines.length).toBe(historyLines);
  expect(history.lines[0]).toBe('one more');
  await rm(folder, { recursive: true });
});
