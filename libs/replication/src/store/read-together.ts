import {
  type ChunkId,
  type ChunkStore,
  DATA_LIMITS,
  HoldfastError,
  isHoldfastError,
} from '@holdfast/contracts';
import { type ByteParts, type LentParts, joinParts, partsLength } from '@holdfast/kernel';

/**
 * Reads chunks whose bytes follow one another in the answer, so that many small ones cost one call.
 * One that is not there or damaged has the length -1. Rejects with `limit-exceeded` if they are too
 * long together (§P10).
 */
export async function readTogether(
  store: ChunkStore,
  chunks: readonly ChunkId[],
): Promise<{ lengths: number[]; content: ByteParts }> {
  const bytes = chunks.reduce((sum, chunk) => sum + (store.has(chunk)?.length ?? 0), 0);
  if (bytes > DATA_LIMITS.storeBatchBytes) throw tooLong(bytes);
  const read = await Promise.all(chunks.map((chunk) => contentOf(store, chunk)));
  const content = [joinParts(read.flatMap((parts) => parts ?? []))];
  return { lengths: read.map((parts) => (parts ? partsLength(parts) : -1)), content };
}

async function contentOf(store: ChunkStore, chunk: ChunkId): Promise<LentParts | undefined> {
  try {
    return await store.get(chunk);
  } catch (error) {
    if (isHoldfastError(error, 'not-found', 'damaged')) return undefined;
    throw error;
  }
}

function tooLong(bytes: number): HoldfastError {
  return new HoldfastError(
    'limit-exceeded',
    `These chunks have ${bytes} bytes together, and one call reads at most ${DATA_LIMITS.storeBatchBytes}. Ask for fewer.`,
  );
}
