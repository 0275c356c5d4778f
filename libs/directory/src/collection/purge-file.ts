import type { Table, WriteTransaction } from '@holdfast/contracts';
import { makeGarbage } from '../copies/unrefer-chunk.ts';
import { COUNTERS } from '../counters.ts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import { chunks, references } from '../tables/chunks.ts';
import { contents } from '../tables/contents.ts';
import { type FileRecord, files } from '../tables/files.ts';
import { manifests } from '../tables/manifests.ts';
import { uploads, uploadsOfFile } from '../tables/uploads.ts';
import { contentUses, superseded, versions } from '../tables/versions.ts';
import { forgetUpload } from '../uploads/close-upload.ts';
import type { TaskEnd } from './run-tasks.ts';

/**
 * Some rows of each kind that a file has which nobody can reach any more. All its contents go, so
 * that no reference need be counted. The file's record goes last: it says where its chunks are wanted.
 */
export async function purgeFile(
  tx: WriteTransaction,
  file: string,
  after: string,
): Promise<TaskEnd> {
  const record = await tx.get(files, file);
  if (!record) return undefined;
  const closed = await closeUploads(tx, file);
  const forgotten = await forgetVersions(tx, file);
  const cleared = [
    await clear(tx, contentUses, file),
    await clear(tx, references, file),
    await clear(tx, manifests, file),
    await clear(tx, contents, file),
  ];
  const next = await discardChunks(tx, file, { after, record });
  if (next !== undefined) return next;
  if (!closed || !forgotten || cleared.includes(false)) return after;
  tx.delete(files, file);
  if (record.current) {
    tx.add(COUNTERS.files, -1);
    tx.add(COUNTERS.sizeBytes, -record.current.sizeBytes);
  }
  return undefined;
}

const limit: number = DIRECTORY_LIMITS.reapRows;

async function closeUploads(tx: WriteTransaction, file: string): Promise<boolean> {
  const rows = await tx.range(uploadsOfFile, { prefix: [file], limit });
  for (const { key } of rows) {
    const upload = await tx.get(uploads, key[1]);
    if (upload) forgetUpload(tx, upload);
  }
  return rows.length < limit;
}

async function forgetVersions(tx: WriteTransaction, file: string): Promise<boolean> {
  const rows = await tx.range(versions, { prefix: [file], limit });
  for (const { key, value } of rows) {
    tx.delete(versions, ...key);
    tx.delete(superseded, value.supersededMs, ...key);
  }
  return rows.length < limit;
}

/** True when no row of the file is left in the table. */
async function clear<K extends readonly (string | number)[], V>(
  tx: WriteTransaction,
  table: Table<K, V>,
  file: string,
): Promise<boolean> {
  const rows = await tx.range(table, { prefix: [file], limit });
  for (const { key } of rows) tx.delete(table, ...key);
  return rows.length < limit;
}

async function discardChunks(
  tx: WriteTransaction,
  file: string,
  { after, record }: { readonly after: string; readonly record: FileRecord },
): Promise<TaskEnd> {
  const wanted = record.placement.stores;
  const rows = await tx.range(chunks, { prefix: [file], after: [file, after], limit });
  for (const { key, value } of rows) {
    const chunk = { file, hash: key[1] };
    if (value.live) await makeGarbage(tx, chunk, { before: value, wanted });
  }
  return rows.length === limit ? rows.at(-1)?.key[1] : undefined;
}
