import { type ChunkHash, type ChunkStore, type FileId, HoldfastError } from '@holdfast/contracts';
import { type ByteParts, joinParts, utf8 } from '@holdfast/kernel';
import { expect, test } from 'vitest';
import { putTogether } from './put-together.ts';

const chunk = (file: string, length: number) => ({
  file: file as FileId,
  hash: 'h' as ChunkHash,
  length,
});

/** A store that takes every chunk but that of `full`. */
function scene() {
  const kept = new Map<string, string>();
  const store: Pick<ChunkStore, 'put'> = {
    put: async ({ file }, content: ByteParts) => {
      if (file === 'full') throw new HoldfastError('no-space', 'The disk is full.');
      kept.set(file, new TextDecoder().decode(joinParts(content)));
      return kept.size;
    },
  };
  return { kept, store: store as ChunkStore };
}

test('each chunk gets its own bytes, however they were cut on their way', async () => {
  const { kept, store } = scene();
  const chunks = [chunk('one', 3), chunk('none', 0), chunk('full', 2), chunk('four', 4)];
  const content = ['o', 'nexx', 'four'].map(utf8);
  expect(await putTogether(store, chunks, content)).toEqual({ positions: [1, 2, -1, 3] });
  expect([...kept]).toEqual([
    ['one', 'one'],
    ['none', ''],
    ['four', 'four'],
  ]);
});

test.each([[2], [4]])('other bytes than were announced are refused: %i for 3', async (bytes) => {
  const { kept, store } = scene();
  const refused = putTogether(store, [chunk('one', 3)], [new Uint8Array(bytes)]);
  await expect(refused).rejects.toMatchObject({ code: 'invalid-argument' });
  expect(kept.size).toBe(0);
});
