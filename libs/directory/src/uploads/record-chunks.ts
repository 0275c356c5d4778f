import {
  DATA_LIMITS,
  HoldfastError,
  type ManifestEntry,
  type StoreId,
  type UploadId,
  type WriteTransaction,
} from '@holdfast/contracts';
import { assert } from '@holdfast/kernel';
import { referChunk } from '../copies/refer-chunk.ts';
import { refreshCopies } from '../copies/refresh-copies.ts';
import type { AcknowledgedHolder, Upload } from '../directory.ts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import type { DirectoryParts } from '../parts.ts';
import { admitHolders, enrolledOf } from '../stores/stores.ts';
import { chunks as chunkRecords } from '../tables/chunks.ts';
import { files } from '../tables/files.ts';
import { manifests } from '../tables/manifests.ts';
import { uploadProgress } from '../tables/uploads.ts';
import { isPlacedAnew } from '../writes/write-target.ts';
import { requireUpload } from './find-upload.ts';

export type RecordedChunk = ManifestEntry & { readonly holders: readonly AcknowledgedHolder[] };

/** Notes chunks under the upload, in commits of bounded size. May be repeated. */
export async function recordChunks(
  { runner }: DirectoryParts,
  upload: UploadId,
  chunks: readonly RecordedChunk[],
): Promise<void> {
  for (const chunk of chunks) checkExtent(chunk);
  for (let at = 0; at < chunks.length; at += DIRECTORY_LIMITS.commitChunks) {
    const batch = chunks.slice(at, at + DIRECTORY_LIMITS.commitChunks);
    await runner.transact((tx) => recordBatch(tx, upload, batch));
  }
}

async function recordBatch(
  tx: WriteTransaction,
  id: UploadId,
  batch: readonly RecordedChunk[],
): Promise<void> {
  const upload = await requireUpload(tx, id);
  const progress = await tx.get(uploadProgress, id);
  assert(progress, 'an open upload has its progress');
  const record = await tx.get(files, upload.file);
  assert(record, 'the file of an open upload has a record');
  // Not what the upload began with: a store may have been retired since.
  const wanted = record.placement.stores;
  const placedAnew = isPlacedAnew(record, upload.options);
  const chosen = placedAnew ? await enrolledOf(tx, upload.placement.stores) : wanted;
  let added = 0;
  for (const chunk of batch) {
    // What other versions have, too, is where they have it until the commit.
    const isKnown = placedAnew && (await tx.get(chunkRecords, upload.file, chunk.hash))?.live;
    const placed = { ...upload, wanted: isKnown ? wanted : chosen };
    if (await recordChunk(tx, placed, chunk)) added++;
  }
  const count = progress.chunks + added;
  if (count > DIRECTORY_LIMITS.fileChunks) throw tooManyChunks(upload);
  const changed = { activeMs: tx.nowMs, chunks: count, revision: progress.revision + 1 };
  tx.put(uploadProgress, changed, id);
  // Chunks that the current version has too may have gained copies.
  await refreshCopies(tx, upload.file);
}

/** True if the chunk was not recorded at this offset before. */
async function recordChunk(
  tx: WriteTransaction,
  { upload, file, wanted }: Pick<Upload, 'upload' | 'file'> & { wanted: readonly StoreId[] },
  { offset, length, hash, holders }: RecordedChunk,
): Promise<boolean> {
  const known = await tx.get(manifests, file, upload, offset);
  if (known && (known.hash !== hash || known.length !== length)) throw otherChunk(offset);
  if (!known) tx.put(manifests, { length, hash }, file, upload, offset);
  const valid = await admitHolders(tx, holders);
  await referChunk(tx, { file, hash, length, content: upload, holders: valid, wanted });
  return !known;
}

function checkExtent({ offset, length }: ManifestEntry): void {
  const { chunkBytes } = DATA_LIMITS;
  const whole = Number.isSafeInteger(offset) && Number.isSafeInteger(length);
  if (whole && offset >= 0 && length >= 1 && length <= chunkBytes) {
    if (Number.isSafeInteger(offset + length)) return;
  }
  throw new HoldfastError(
    'invalid-argument',
    `A chunk of ${length} bytes at ${offset} cannot be: chunks have 1 to ${chunkBytes} bytes, from offset 0 on.`,
  );
}

function otherChunk(offset: number): HoldfastError {
  return new HoldfastError(
    'invalid-argument',
    `This upload has other bytes at offset ${offset} already. Give it up and begin a new one.`,
    { details: { offset } },
  );
}

function tooManyChunks({ options }: Upload): HoldfastError {
  return new HoldfastError(
    'limit-exceeded',
    `${options.path} has more than ${DIRECTORY_LIMITS.fileChunks} chunks. Use larger chunks, or several files.`,
  );
}
