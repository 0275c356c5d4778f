import {
  type ChunkHash,
  HoldfastError,
  type StoreId,
  type WriteTransaction,
} from '@holdfast/contracts';
import type { Holder } from '../directory.ts';
import { chunks, references } from '../tables/chunks.ts';
import { garbageChunks } from '../tables/garbage.ts';
import { doubted, mergeHolders } from './merge-holders.ts';
import { saveChunk } from './save-chunk.ts';

export interface Referral {
  readonly file: string;
  readonly hash: ChunkHash;
  readonly length: number;
  /** The content that refers to the chunk from now on. */
  readonly content: string;
  /** Valid holders that the writer knows of. */
  readonly holders: readonly Holder[];
  /** The stores of the file's placement. */
  readonly wanted: readonly StoreId[];
}

/**
 * Makes a content refer to a chunk; may be repeated. A chunk that was garbage is so no longer: its
 * old holders are in doubt, since they may have been told to delete it. Returns all holders.
 */
export async function referChunk(
  tx: WriteTransaction,
  { file, hash, length, content, holders, wanted }: Referral,
): Promise<readonly Holder[]> {
  const before = await tx.get(chunks, file, hash);
  if (!before) {
    const after = { length, live: true, content, holders };
    await saveChunk(tx, { file, hash }, { before, after, wanted });
    return holders;
  }
  if (before.length !== length) throw otherLength(hash, before.length, length);
  if (!before.live) tx.delete(garbageChunks, file, hash);
  // Each content refers once: in the record if there is room, else by a key.
  if (before.content === '') tx.delete(references, file, hash, content);
  else if (before.content !== content) tx.put(references, true, file, hash, content);
  const after = {
    length,
    live: true,
    content: before.content === '' ? content : before.content,
    holders: mergeHolders(before.live ? before.holders : doubted(before.holders), holders),
  };
  await saveChunk(tx, { file, hash }, { before, after, wanted });
  return after.holders;
}

function otherLength(hash: string, known: number, found: number): HoldfastError {
  return new HoldfastError(
    'invalid-argument',
    `The chunk ${hash} has ${known} bytes, but was announced with ${found}. Send it anew with its true hash.`,
  );
}
