import { DATA_LIMITS } from '@holdfast/contracts';
import { SpareBuffers } from '@holdfast/kernel';
import { SDK_LIMITS } from './limits.ts';

/** Memory for the chunks that one client moves. */
export function chunkBuffers(): SpareBuffers {
  return new SpareBuffers(DATA_LIMITS.chunkBytes, SDK_LIMITS.pooledBuffers);
}
