import {
  type CallContext,
  type FileId,
  HoldfastError,
  type ReadTransaction,
  type UploadId,
} from '@holdfast/contracts';
import { randomHex } from '@holdfast/kernel';
import { callerOf } from '../caller.ts';
import { COUNTERS } from '../counters.ts';
import type { Upload } from '../directory.ts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import { parsePath } from '../names/path.ts';
import type { DirectoryParts } from '../parts.ts';
import { files } from '../tables/files.ts';
import { uploadProgress, uploads, uploadsOfFile } from '../tables/uploads.ts';
import {
  checkVersion,
  isPlacedAnew,
  recordForWrite,
  requireChosenStores,
  resolveForWrite,
} from '../writes/write-target.ts';

/** Begins a file whose chunks follow. Nothing of it is visible before its commit. */
export async function openUpload(
  { runner, random }: DirectoryParts,
  request: Omit<Upload, 'upload' | 'user' | 'openedMs'>,
  context: CallContext,
): Promise<Upload> {
  const { file, options } = request;
  const path = parsePath(options.path);
  const caller = callerOf(context);
  const id = randomHex(random, 16) as UploadId;
  return await runner.transact(async (tx) => {
    const target = await resolveForWrite(tx, path, caller);
    checkVersion(target, options);
    if ((await tx.counter(COUNTERS.openUploads)) >= DIRECTORY_LIMITS.openUploads) {
      throw tooManyUploads(path.text);
    }
    await requireFewOf(tx, file, path.text);
    const record = await recordForWrite(tx, target, request);
    // A new file has its record from here on: it says where its chunks go.
    const { placement } = record;
    const placedAnew = isPlacedAnew((await tx.get(files, file)) ?? record, options);
    if (!record.current || placedAnew) {
      await requireChosenStores(tx, target.path, { chosen: placement.stores });
    }
    // Of one that is there they are changed by the commit.
    if (!record.current) tx.put(files, record, file);
    const upload = { ...request, placement, upload: id, user: caller.user, openedMs: tx.nowMs };
    tx.put(uploads, upload, id);
    tx.put(uploadProgress, { activeMs: tx.nowMs, chunks: 0, revision: 0 }, id);
    tx.put(uploadsOfFile, true, file, id);
    tx.add(COUNTERS.openUploads, 1);
    return upload;
  }, context.call);
}

/** When a copy of a file is lost, one commit disturbs all its uploads. */
async function requireFewOf(tx: ReadTransaction, file: FileId, path: string): Promise<void> {
  const limit = DIRECTORY_LIMITS.uploadsOfFile;
  const open = await tx.range(uploadsOfFile, { prefix: [file], limit });
  if (open.length < limit) return;
  throw new HoldfastError(
    'limit-exceeded',
    `${path} is being written by ${limit} uploads already. Try again later.`,
  );
}

function tooManyUploads(path: string): HoldfastError {
  return new HoldfastError(
    'limit-exceeded',
    `${path} cannot be uploaded now: ${DIRECTORY_LIMITS.openUploads} uploads are open already. Try again later.`,
  );
}
