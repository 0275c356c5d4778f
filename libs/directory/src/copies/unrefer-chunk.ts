import type { StoreId, WriteTransaction } from '@holdfast/contracts';
import { type ChunkRecord, chunks, references } from '../tables/chunks.ts';
import { garbageChunks } from '../tables/garbage.ts';
import { type ChunkKey, saveChunk } from './save-chunk.ts';

export interface Dereferral extends ChunkKey {
  readonly content: string;
  readonly wanted: readonly StoreId[];
}

/** Ends a content's reference to a chunk; may be repeated. The last one makes it garbage. */
export async function unreferChunk(tx: WriteTransaction, referral: Dereferral): Promise<void> {
  const { file, hash, content, wanted } = referral;
  const before = await tx.get(chunks, file, hash);
  if (!before?.live) return;
  let kept = before.content;
  if (kept === content) kept = '';
  else tx.delete(references, file, hash, content);
  const others = kept === '' ? await tx.range(references, { prefix: [file, hash], limit: 1 }) : [];
  if (kept !== '' || others.length > 0) {
    if (kept === before.content) return;
    return await saveChunk(tx, referral, { before, after: { ...before, content: kept }, wanted });
  }
  await makeGarbage(tx, referral, { before, wanted });
}

/** Turns a live chunk, which nothing refers to any more, into garbage. */
export async function makeGarbage(
  tx: WriteTransaction,
  { file, hash }: ChunkKey,
  { before, wanted }: { readonly before: ChunkRecord; readonly wanted: readonly StoreId[] },
): Promise<void> {
  const anywhere = before.holders.length > 0;
  const after = anywhere ? { ...before, live: false, content: '' } : undefined;
  await saveChunk(tx, { file, hash }, { before, after, wanted });
  if (after) tx.put(garbageChunks, true, file, hash);
}
