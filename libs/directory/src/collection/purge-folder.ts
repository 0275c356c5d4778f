import type { WriteTransaction } from '@holdfast/contracts';
import { COUNTERS } from '../counters.ts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import { dentries } from '../tables/dentries.ts';
import { folders } from '../tables/folders.ts';
import { queuePurge } from '../trash/queue-purge.ts';
import type { TaskEnd } from './run-tasks.ts';

/** Some entries of a folder that nobody can reach any more, and the folder itself after the last. */
export async function purgeFolder(tx: WriteTransaction, folder: string): Promise<TaskEnd> {
  const limit = DIRECTORY_LIMITS.reapRows;
  const rows = await tx.range(dentries, { prefix: [folder], limit });
  for (const { key, value } of rows) {
    tx.delete(dentries, ...key);
    queuePurge(tx, value);
  }
  if (rows.length === limit) return '';
  tx.delete(folders, folder);
  tx.add(COUNTERS.folders, -1);
  return undefined;
}
