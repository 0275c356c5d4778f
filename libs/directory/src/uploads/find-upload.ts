import {
  type CallContext,
  HoldfastError,
  type ReadTransaction,
  type UploadId,
} from '@holdfast/contracts';
import { type Caller, callerOf } from '../caller.ts';
import type { Upload } from '../directory.ts';
import type { DirectoryParts } from '../parts.ts';
import { uploads } from '../tables/uploads.ts';

export async function findUpload(
  { runner }: DirectoryParts,
  upload: UploadId,
  context: CallContext,
): Promise<Upload> {
  const caller = callerOf(context);
  return await runner.query((tx) => requireOwnUpload(tx, upload, caller));
}

/** An open upload; `upload-gone` if there is none of this id. */
export async function requireUpload(tx: ReadTransaction, upload: UploadId): Promise<Upload> {
  const found = await tx.get(uploads, upload);
  if (found) return found;
  throw uploadGone(upload);
}

/** The same, if it is the caller's own: of others it tells nothing (§P9). */
export async function requireOwnUpload(
  tx: ReadTransaction,
  upload: UploadId,
  caller: Caller,
): Promise<Upload> {
  const found = await requireUpload(tx, upload);
  if (found.user === caller.user) return found;
  throw uploadGone(upload);
}

function uploadGone(upload: UploadId): HoldfastError {
  return new HoldfastError(
    'upload-gone',
    `There is no open upload ${upload}: it was committed, given up, or left alone for too long. Begin a new one.`,
    { details: { upload } },
  );
}
