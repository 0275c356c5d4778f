import type { FileId, WriteTransaction } from '@holdfast/contracts';
import type { FilePlacement } from '../directory.ts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import type { DirectoryParts } from '../parts.ts';
import { files } from '../tables/files.ts';
import { tasks } from '../tables/tasks.ts';
import { retargetStep } from './retarget-step.ts';

/** One page of all files and where their chunks are to be, in order of id. */
export async function placements(
  { runner }: DirectoryParts,
  after: FileId | undefined,
  limit: number,
): Promise<readonly { readonly file: FileId; readonly placement: FilePlacement }[]> {
  const bounded = Math.min(limit, DIRECTORY_LIMITS.walkEntries);
  return await runner.query(async (tx) => {
    const range = { prefix: [], limit: bounded, ...(after && { after: [after] as const }) };
    const rows = await tx.range(files, range);
    return rows.map(({ key, value }) => ({ file: key[0] as FileId, placement: value.placement }));
  });
}

/**
 * Gives a file other stores. What they lack is queued for repair: at once for a few chunks, by
 * `reap` for many.
 */
export async function setPlacement(
  { runner }: DirectoryParts,
  file: FileId,
  placement: FilePlacement,
): Promise<void> {
  await runner.transact(async (tx) => {
    const record = await tx.get(files, file);
    if (!record) return;
    tx.put(files, { ...record, placement }, file);
    await retarget(tx, file);
  });
}

/** Queues for repair what lacks copies by the file's present placement. */
export async function retarget(tx: WriteTransaction, file: FileId): Promise<void> {
  const after = await retargetStep(tx, file, '');
  if (after !== undefined) tx.put(tasks, { after }, 'retarget', file, '');
}
