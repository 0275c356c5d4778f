import { mkdtemp, readFile, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CLIENT_LIMITS } from '../limits.ts';
import { DownloadTarget } from './download-target.ts';

const ATTRIBUTES = { mode: 0o640, modifiedMs: 1_700_000_000_000 };

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-download-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

test.for([
  ['a short file', 5],
  ['a long one, which is written directly where that is possible', CLIENT_LIMITS.longFileBytes + 5],
] as const)('%s gets its name and attributes with its last byte', async ([, sizeBytes]) => {
  const path = join(folder, 'film');
  const content = new Uint8Array(sizeBytes).map((_, i) => i % 251);
  await using target = await DownloadTarget.create(path, { random: 'r', sizeBytes });
  for (let at = 0; at < sizeBytes; at += 3_000_000) {
    await target.write(content.subarray(at, at + 3_000_000));
  }
  expect(await readdir(folder)).toEqual(['.film.r.part']);
  await target.finish(ATTRIBUTES, false);
  expect(await readdir(folder)).toEqual(['film']);
  expect(Buffer.compare(await readFile(path), content)).toBe(0);
  const { mode, mtimeMs } = await stat(path);
  expect([mode & 0o777, mtimeMs]).toEqual([ATTRIBUTES.mode, ATTRIBUTES.modifiedMs]);
});

test('what does not come to its end leaves nothing, however long it was to be', async () => {
  for (const sizeBytes of [5, CLIENT_LIMITS.longFileBytes]) {
    const path = join(folder, 'film');
    const target = await DownloadTarget.create(path, { random: 'r', sizeBytes });
    await target.write(new Uint8Array(5));
    await target[Symbol.asyncDispose]();
    expect(await readdir(folder)).toEqual([]);
  }
});
