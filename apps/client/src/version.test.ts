import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { VERSION } from './version.ts';

test('the program tells the version of its package', async () => {
  const file = new URL('../../../package.json', import.meta.url);
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ version: VERSION });
});
