import type { CallContext, UploadId } from '@holdfast/contracts';
import { callerOf } from '../caller.ts';
import type { DirectoryParts } from '../parts.ts';
import { closeUpload } from './close-upload.ts';
import { requireOwnUpload } from './find-upload.ts';

/** Gives up an upload of the caller; `upload-gone` if it is not open. */
export async function abortUpload(
  { runner }: DirectoryParts,
  upload: UploadId,
  context: CallContext,
): Promise<void> {
  const caller = callerOf(context);
  await runner.transact(
    async (tx) => {
      closeUpload(tx, await requireOwnUpload(tx, upload, caller));
    },
    context.call,
    { frees: true },
  );
}
