import type { WriteTransaction } from '@holdfast/contracts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import { trash } from '../tables/trash.ts';
import { takeFromTrash } from '../trash/empty-trash.ts';
import { queuePurge } from '../trash/queue-purge.ts';
import type { TaskEnd } from './run-tasks.ts';

/** Some entries of a bin that was emptied. */
export async function purgeBin(tx: WriteTransaction, user: string, bin: number): Promise<TaskEnd> {
  const limit = DIRECTORY_LIMITS.reapRows;
  const rows = await tx.range(trash, { prefix: [user, bin], limit });
  for (const { key, value } of rows) {
    takeFromTrash(tx, { user, bin, id: key[2] }, value);
    queuePurge(tx, value.dentry);
  }
  return rows.length === limit ? '' : undefined;
}
