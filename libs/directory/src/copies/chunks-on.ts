import type { ChunkId, ReadTransaction, StoreId } from '@holdfast/contracts';
import type { ChunkInfo } from '../directory.ts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import type { DirectoryParts } from '../parts.ts';
import { chunks } from '../tables/chunks.ts';
import { chunkInfo } from './chunk-info.ts';

type ChunkKey = readonly [file: string, hash: string];

/**
 * Chunks that a store is said to hold, in order of file and hash, garbage included. A walk over all
 * chunks: an index of its own would make every write dearer by a key for each copy, for the sake of
 * rare inventories.
 */
export async function chunksOn(
  { runner }: DirectoryParts,
  store: StoreId,
  after: ChunkId | undefined,
  limit: number,
): Promise<readonly ChunkInfo[]> {
  const found: ChunkInfo[] = [];
  let from: ChunkKey | undefined = after && [after.file, after.hash];
  do {
    const start = from;
    // Hardly more than is wanted where most chunks are there, and no crawl where few are.
    const least = DIRECTORY_LIMITS.walkEntries / 8;
    const rows = Math.min(DIRECTORY_LIMITS.walkEntries, Math.max(least, limit - found.length));
    const page = await runner.query((tx) => pageOn(tx, { store, after: start, rows }));
    found.push(...page.found.slice(0, limit - found.length));
    from = page.last;
  } while (from && found.length < limit);
  return found;
}

async function pageOn(
  tx: ReadTransaction,
  { store, after, rows: limit }: { store: StoreId; after: ChunkKey | undefined; rows: number },
): Promise<{ found: ChunkInfo[]; last: ChunkKey | undefined }> {
  const rows = await tx.range(chunks, { prefix: [], limit, ...(after && { after }) });
  const found: ChunkInfo[] = [];
  for (const { key, value } of rows) {
    if (!value.holders.some((holder) => holder.store === store)) continue;
    found.push(await chunkInfo(tx, key[0], key[1], value));
  }
  return { found, last: rows.length === limit ? rows.at(-1)?.key : undefined };
}
