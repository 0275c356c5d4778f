import { type ChunkId, type ChunkStore, HoldfastError } from '@holdfast/contracts';
import { type ByteParts, partsLength } from '@holdfast/kernel';
import { cutParts } from './cut-parts.ts';

/**
 * Stores chunks whose bytes follow one another, which share a sync. One that is not taken has the
 * position -1, and the others are stored all the same. Rejects with `invalid-argument` if there are
 * not as many bytes as the lengths say.
 */
export async function putTogether(
  store: ChunkStore,
  chunks: readonly (ChunkId & { readonly length: number })[],
  content: ByteParts,
): Promise<{ positions: number[] }> {
  const bytes = chunks.reduce((sum, { length }) => sum + length, 0);
  if (bytes !== partsLength(content)) throw otherBytes(bytes, partsLength(content));
  const contents = cutParts(
    content,
    chunks.map(({ length }) => length),
  );
  const positions = await Promise.all(
    chunks.map(async ({ file, hash }, i) => {
      return await store.put({ file, hash }, contents[i] ?? []).catch(() => -1);
    }),
  );
  return { positions };
}

function otherBytes(said: number, found: number): HoldfastError {
  return new HoldfastError(
    'invalid-argument',
    `These chunks are said to have ${said} bytes together, and ${found} came with them.`,
  );
}
