import type { ChunkHash, ChunkId, FileId, StoreId } from '@holdfast/contracts';
import { assert } from '@holdfast/kernel';
import { saveChunk } from '../copies/save-chunk.ts';
import type { GarbageChunk } from '../directory.ts';
import type { DirectoryParts } from '../parts.ts';
import { chunks } from '../tables/chunks.ts';
import { files } from '../tables/files.ts';
import { garbageChunks } from '../tables/garbage.ts';
import type { ReapProgress } from './reap-progress.ts';

/**
 * The next chunks to collect. Each call goes on behind the last one and begins anew at the end, so
 * that what only a dead store holds does not keep the rest waiting.
 */
export async function garbage(
  { runner }: DirectoryParts,
  progress: ReapProgress,
  limit: number,
): Promise<readonly GarbageChunk[]> {
  const page = async (
    after: readonly [string, string] | undefined,
  ): Promise<readonly GarbageChunk[]> =>
    await runner.query(async (tx) => {
      const rows = await tx.range(garbageChunks, { prefix: [], limit, ...(after && { after }) });
      const found: GarbageChunk[] = [];
      for (const { key } of rows) {
        const [file, hash] = key;
        const record = await tx.get(chunks, file, hash);
        assert(record && !record.live, 'a garbage chunk has a record that says so');
        found.push({
          file: file as FileId,
          hash: hash as ChunkHash,
          stores: record.holders.map(({ store }) => store),
        });
      }
      return found;
    });
  const after = progress.garbage;
  let found = await page(after);
  if (found.length === 0 && after) found = await page(undefined);
  const last = found.at(-1);
  progress.garbage = last && found.length === limit ? [last.file, last.hash] : undefined;
  return found;
}

/**
 * These stores have deleted a chunk. If it came into use again meanwhile, only copies in doubt are
 * forgotten: confirmed ones were put after the deletion, or refused it.
 */
export async function collected(
  { runner }: DirectoryParts,
  { file, hash }: ChunkId,
  stores: readonly StoreId[],
): Promise<void> {
  await runner.transact(
    async (tx) => {
      const before = await tx.get(chunks, file, hash);
      if (!before) return;
      const holders = before.holders.filter(
        ({ store, confirmed }) => !stores.includes(store) || (before.live && confirmed),
      );
      const forgotten = !before.live && holders.length === 0;
      if (!forgotten && holders.length === before.holders.length) return;
      if (forgotten) tx.delete(garbageChunks, file, hash);
      const after = forgotten ? undefined : { ...before, holders };
      const record = before.live ? await tx.get(files, file) : undefined;
      const wanted = record?.placement.stores ?? [];
      await saveChunk(tx, { file, hash }, { before, after, wanted });
    },
    undefined,
    { frees: true },
  );
}
