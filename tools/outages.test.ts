import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Where a test's file is looked for that is named without its folder. */
const FOLDERS = ['test/faults', '.'];

/** A row of the matrix: what fails, and what is said to show the rest of it. */
interface Row {
  readonly fails: string;
  readonly shownBy: string;
}

const rows = readRows(readFileSync(join(root, 'docs/OUTAGES.md'), 'utf8'));

test('the outage matrix has rows', () => {
  expect(rows.length).toBeGreaterThan(15);
});

test.for(rows)('a test shows what happens when $fails', ({ shownBy }) => {
  const named = [...shownBy.matchAll(/`([^`]+\.test\.ts)`: \*([^*]+)\*/g)];
  expect(named, `no test is named in "${shownBy}"`).not.toEqual([]);
  for (const [, file = '', sentence = ''] of named) {
    const path = FOLDERS.map((folder) => join(root, folder, file)).find(existsSync);
    expect(path, `there is no ${file}`).toBeDefined();
    expect(titlesIn(readFileSync(path ?? '', 'utf8')), file).toContain(sentence);
  }
});

test('a row whose test is gone, renamed or left out is found', () => {
  const titles = titlesIn(
    `test('is run', f); test.skip('is left out', f);\ntest.skipIf(x)('may', f);`,
  );
  expect(titles).toEqual(['is run', 'may']);
  const [row] = readRows('| what fails | shown by |\n|---|---|\n| a | `x.test.ts`: *b* |');
  expect(row).toEqual({ fails: 'a', shownBy: '`x.test.ts`: *b*' });
});

/** The rows of all tables whose last column says what shows them. */
function readRows(page: string): readonly Row[] {
  const found: Row[] = [];
  let inTable = false;
  for (const line of page.split('\n')) {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim());
    if (!line.startsWith('|')) inTable = false;
    else if (cells.at(-2) === 'shown by') inTable = true;
    else if (inTable && !line.startsWith('|--')) {
      found.push({ fails: cells[1] ?? '', shownBy: cells.at(-2) ?? '' });
    }
  }
  return found;
}

/** The names of tests that are run wherever they can be. */
function titlesIn(source: string): readonly string[] {
  const kind = String.raw`(?:\.(?:skipIf|for|each)\([^]*?\))?`;
  const title = String.raw`(?:'((?:[^'\\]|\\.)+)'|"([^"]+)")`;
  const tests = source.matchAll(new RegExp(String.raw`\btest${kind}\(\s*${title}`, 'g'));
  return [...tests].map(([, single, double]) => single?.replaceAll("\\'", "'") ?? double ?? '');
}
