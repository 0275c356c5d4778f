import type { ChunkId, ReadTransaction } from '@holdfast/contracts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import type { DirectoryParts } from '../parts.ts';
import { chunks } from '../tables/chunks.ts';

/**
 * Those of `asked` that some version or open upload refers to, with every commit that has its place:
 * one whose caller was told that it may yet take effect counts, though nobody can see it (§P1).
 */
export async function referenced(
  { runner }: DirectoryParts,
  asked: readonly ChunkId[],
): Promise<readonly ChunkId[]> {
  const found: ChunkId[] = [];
  for (let at = 0; at < asked.length; at += DIRECTORY_LIMITS.walkEntries) {
    const batch = asked.slice(at, at + DIRECTORY_LIMITS.walkEntries);
    found.push(...(await runner.transact((tx) => liveOf(tx, batch))));
  }
  return found;
}

async function liveOf(tx: ReadTransaction, batch: readonly ChunkId[]): Promise<ChunkId[]> {
  const live: ChunkId[] = [];
  for (const chunk of batch) {
    if ((await tx.get(chunks, chunk.file, chunk.hash))?.live) live.push(chunk);
  }
  return live;
}
