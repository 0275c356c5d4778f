import type { WriteTransaction } from '@holdfast/contracts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import { chunks } from '../tables/chunks.ts';
import { files } from '../tables/files.ts';
import { refreshCopies } from './refresh-copies.ts';
import { saveChunk } from './save-chunk.ts';

/**
 * Compares some chunks of a file, after a hash, with its placement. The hash to go on after, or
 * undefined when all are done.
 */
export async function retargetStep(
  tx: WriteTransaction,
  file: string,
  after: string,
): Promise<string | undefined> {
  const record = await tx.get(files, file);
  if (!record) return undefined;
  const limit = DIRECTORY_LIMITS.commitChunks;
  const rows = await tx.range(chunks, { prefix: [file], after: [file, after], limit });
  const wanted = record.placement.stores;
  for (const { key, value } of rows) {
    const chunk = { file, hash: key[1] };
    if (value.live) await saveChunk(tx, chunk, { before: value, after: value, wanted });
  }
  await refreshCopies(tx, file);
  return rows.length === limit ? rows.at(-1)?.key[1] : undefined;
}
