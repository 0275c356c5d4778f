import type { UploadId } from '@holdfast/contracts';
import type { DirectoryParts } from '../parts.ts';
import { type ManifestPage, pageOfContent } from '../versions/manifest-page.ts';
import { requireUpload } from './find-upload.ts';

/** What an upload has recorded so far, in order of offset, gaps and all. */
export async function uploadChunks(
  { runner }: DirectoryParts,
  id: UploadId,
  fromOffset: number,
): Promise<ManifestPage> {
  return await runner.query(async (tx) => {
    const { upload, file } = await requireUpload(tx, id);
    return await pageOfContent(tx, file, upload, fromOffset);
  });
}
