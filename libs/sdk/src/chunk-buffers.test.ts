import { DATA_LIMITS } from '@holdfast/contracts';
import { expect, test } from 'vitest';
import { chunkBuffers, ReadBuffers } from './chunk-buffers.ts';
import { SDK_LIMITS } from './limits.ts';

// fills SDK_LIMITS.pooledBuffers
test('no more buffers are kept than the limit says', () => {
  const pool = chunkBuffers();
  const most = SDK_LIMITS.pooledBuffers;
  const used = Array.from({ length: most + 2 }, () => pool.take());
  for (const buffer of used) pool.give(buffer);
  const again = Array.from({ length: most + 2 }, () => pool.take());
  expect(again.filter((buffer) => used.includes(buffer))).toHaveLength(most);
});

// fills SDK_LIMITS.pooledFirstReads, SDK_LIMITS.pooledGrownReads
test.for([
  ['the first', 0, SDK_LIMITS.firstReadBytes, SDK_LIMITS.pooledFirstReads],
  ['the grown', SDK_LIMITS.firstReadBytes, SDK_LIMITS.grownReadBytes, SDK_LIMITS.pooledGrownReads],
  ['a whole', SDK_LIMITS.grownReadBytes, DATA_LIMITS.chunkBytes, SDK_LIMITS.pooledBuffers],
] as const)('buffers of %s size are used again, as many as are kept', ([, above, bytes, most]) => {
  const pool = new ReadBuffers();
  const used = Array.from({ length: most + 2 }, () => pool.takeAbove(above));
  expect(used.every((buffer) => buffer.length === bytes)).toBe(true);
  for (const buffer of used) pool.give(buffer);
  const again = Array.from({ length: most + 2 }, () => pool.takeAbove(above));
  expect(again.filter((buffer) => used.includes(buffer))).toHaveLength(most);
});
