import { assert } from '@holdfast/kernel';
import type { ChunkInfo } from '../directory.ts';
import type { DirectoryParts } from '../parts.ts';
import { chunks, underReplicatedChunks } from '../tables/chunks.ts';
import { chunkInfo } from './chunk-info.ts';
import { confirmedCopies } from './save-chunk.ts';

/** Under-replicated chunks, fewest confirmed copies first, then by file. */
export async function underReplicated(
  { runner }: DirectoryParts,
  limit: number,
  after?: ChunkInfo,
): Promise<readonly ChunkInfo[]> {
  return await runner.query(async (tx) => {
    const rows = await tx.range(underReplicatedChunks, {
      prefix: [],
      limit,
      ...(after && { after: [confirmedCopies(after.holders), after.file, after.hash] as const }),
    });
    const found: ChunkInfo[] = [];
    for (const { key } of rows) {
      const [, file, hash] = key;
      const record = await tx.get(chunks, file, hash);
      assert(record?.live, 'the index of under-replicated chunks names live chunks');
      found.push(await chunkInfo(tx, file, hash, record));
    }
    return found;
  });
}
