import { expect, test } from 'vitest';
import { chunkBuffers } from './chunk-buffers.ts';
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
