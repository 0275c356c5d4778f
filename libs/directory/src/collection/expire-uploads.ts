import { DIRECTORY_LIMITS } from '../limits.ts';
import type { DirectoryParts } from '../parts.ts';
import { uploadProgress, uploads } from '../tables/uploads.ts';
import { closeUpload } from '../uploads/close-upload.ts';
import type { ReapProgress } from './reap-progress.ts';

/** Gives up uploads, of the next ones in turn, that went without a chunk for too long. */
export async function expireUploads(
  { runner }: DirectoryParts,
  progress: ReapProgress,
  idleMs: number,
): Promise<boolean> {
  const limit = DIRECTORY_LIMITS.reapRows;
  const after = progress.uploads;
  const { idle, last } = await runner.query(async (tx) => {
    const rows = await tx.range(uploadProgress, { prefix: [], limit, ...(after && { after }) });
    const found = rows.filter(({ value }) => value.activeMs + idleMs <= tx.nowMs);
    return {
      idle: found.map(({ key }) => key[0]),
      last: rows.length === limit ? rows.at(-1)?.key : undefined,
    };
  });
  progress.uploads = last;
  if (idle.length === 0) return last !== undefined;
  await runner.transact(
    async (tx) => {
      for (const id of idle) {
        const upload = await tx.get(uploads, id);
        const active = (await tx.get(uploadProgress, id))?.activeMs ?? 0;
        if (upload && active + idleMs <= tx.nowMs) closeUpload(tx, upload);
      }
    },
    undefined,
    { frees: true },
  );
  return true;
}
