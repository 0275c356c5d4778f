import type { WriteTransaction } from '@holdfast/contracts';
import { COUNTERS } from '../counters.ts';
import type { Upload } from '../directory.ts';
import { tasks } from '../tables/tasks.ts';
import { uploadProgress, uploads, uploadsOfFile } from '../tables/uploads.ts';

/** Removes an upload's records; its chunks stay as they are. */
export function forgetUpload(tx: WriteTransaction, { upload, file }: Upload): void {
  tx.delete(uploads, upload);
  tx.delete(uploadProgress, upload);
  tx.delete(uploadsOfFile, file, upload);
  tx.add(COUNTERS.openUploads, -1);
}

/** Gives an upload up; `reap` drops its chunks. */
export function closeUpload(tx: WriteTransaction, upload: Upload): void {
  forgetUpload(tx, upload);
  tx.put(tasks, { after: '' }, 'content', upload.file, upload.upload);
}
