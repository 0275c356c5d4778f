import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { HOST_LIMITS } from './limits.ts';
import { LongFileWriter } from './long-file-writer.ts';

const PIECE = HOST_LIMITS.longFilePieceBytes;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'holdfast-long-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function newFile(name: string): Promise<string> {
  const path = join(folder, name);
  await (await open(path, 'wx')).close();
  return path;
}

test.for([0, 1, 4096, PIECE - 1, PIECE, 2 * PIECE + 5000])(
  '%i bytes in parts of odd lengths are all there, and no more',
  async (length) => {
    const path = await newFile(`${length}`);
    const content = Buffer.alloc(length);
    for (let i = 0; i < length; i++) content[i] = (i * 31 + (i >> 12)) & 0xff;
    const writer = await LongFileWriter.open(path);
    if (!writer) return expect((await stat(path)).size).toBe(0);
    // What was taken may be changed at once.
    const part = Buffer.alloc(700_001);
    for (let at = 0; at < length; at += part.length) {
      const count = content.copy(part, 0, at);
      await writer.write(part.subarray(0, count));
      part.fill(0xee);
    }
    await writer.finish();
    expect((await readFile(path)).equals(content)).toBe(true);
  },
);

test('a disk that fails is told of by what comes next', async () => {
  const path = await newFile('failing');
  const writer = await LongFileWriter.open(path);
  if (!writer) return;
  await writer.close();
  await writer.write(new Uint8Array(PIECE));
  await expect(writer.finish()).rejects.toMatchObject({ code: 'EBADF' });
});
