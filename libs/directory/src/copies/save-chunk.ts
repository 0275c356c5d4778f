import type { StoreId, WriteTransaction } from '@holdfast/contracts';
import { COUNTERS } from '../counters.ts';
import type { Holder } from '../directory.ts';
import { type ChunkRecord, chunks, underReplicatedChunks } from '../tables/chunks.ts';

export interface ChunkKey {
  readonly file: string;
  readonly hash: string;
}

export interface ChunkChange {
  /** Undefined for a new chunk. */
  readonly before: ChunkRecord | undefined;
  /** Undefined to forget it. */
  readonly after: ChunkRecord | undefined;
  /** The stores of the file's placement. */
  readonly wanted: readonly StoreId[];
}

/** Writes a chunk's record and keeps the index of under-replicated chunks true to it. */
export async function saveChunk(
  tx: WriteTransaction,
  { file, hash }: ChunkKey,
  { before, after, wanted }: ChunkChange,
): Promise<void> {
  if (after) tx.put(chunks, after, file, hash);
  else tx.delete(chunks, file, hash);
  const oldLevel = before ? confirmedCopies(before.holders) : 0;
  const newLevel = after ? confirmedCopies(after.holders) : 0;
  // Looked up rather than derived: the placement may have changed since the entry was made.
  const wasUnder =
    before?.live === true &&
    (await tx.get(underReplicatedChunks, oldLevel, file, hash)) !== undefined;
  const isUnder = after?.live === true && lacksCopies(after.holders, wanted);
  if (wasUnder && (!isUnder || oldLevel !== newLevel)) {
    tx.delete(underReplicatedChunks, oldLevel, file, hash);
  }
  if (isUnder && (!wasUnder || oldLevel !== newLevel)) {
    tx.put(underReplicatedChunks, true, newLevel, file, hash);
  }
  tx.add(COUNTERS.underReplicated, Number(isUnder) - Number(wasUnder));
  const singles = Number(isUnder && newLevel === 1) - Number(wasUnder && oldLevel === 1);
  tx.add(COUNTERS.singleCopy, singles);
}

export function confirmedCopies(holders: readonly Holder[]): number {
  let confirmed = 0;
  for (const holder of holders) if (holder.confirmed) confirmed++;
  return confirmed;
}

function lacksCopies(holders: readonly Holder[], wanted: readonly StoreId[]): boolean {
  return wanted.some(
    (store) => !holders.some((holder) => holder.store === store && holder.confirmed),
  );
}
