import type { WriteTransaction } from '@holdfast/contracts';
import { refreshCopies } from '../copies/refresh-copies.ts';
import { unreferChunk } from '../copies/unrefer-chunk.ts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import { files } from '../tables/files.ts';
import { manifests } from '../tables/manifests.ts';
import { uploadsOfFile } from '../tables/uploads.ts';
import type { TaskEnd } from './run-tasks.ts';

export interface Release {
  readonly file: string;
  readonly content: string;
}

/** Drops some chunks of a content that no version uses any more. */
export async function releaseContent(
  tx: WriteTransaction,
  { file, content }: Release,
): Promise<TaskEnd> {
  const record = await tx.get(files, file);
  const limit = DIRECTORY_LIMITS.reapRows;
  const rows = await tx.range(manifests, { prefix: [file, content], limit });
  const wanted = record?.placement.stores ?? [];
  for (const { key, value } of rows) {
    tx.delete(manifests, ...key);
    await unreferChunk(tx, { file, hash: value.hash, content, wanted });
  }
  if (rows.length === limit) return '';
  if (record?.current) await refreshCopies(tx, file);
  else if (record) await forgetNewFile(tx, file);
  return undefined;
}

/** A new file whose upload was given up leaves no record behind. */
async function forgetNewFile(tx: WriteTransaction, file: string): Promise<void> {
  const open = await tx.range(uploadsOfFile, { prefix: [file], limit: 1 });
  if (open.length === 0) tx.delete(files, file);
}
