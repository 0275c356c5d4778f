import type { ReadTransaction } from '@holdfast/contracts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import type { DirectoryParts } from '../parts.ts';
import { trash, trashAges } from '../tables/trash.ts';
import { takeFromTrash } from '../trash/empty-trash.ts';
import { queuePurge } from '../trash/queue-purge.ts';

type AgeKey = readonly [deletedMs: number, user: string, bin: number, id: string];

/** Gives up what has been in the trash for long enough. True if there may be more. */
export async function expireTrash({ runner }: DirectoryParts, trashMs: number): Promise<boolean> {
  if ((await runner.query((tx) => expired(tx, trashMs))).length === 0) return false;
  return await runner.transact(
    async (tx) => {
      const due = await expired(tx, trashMs);
      for (const [, user, bin, id] of due) {
        const record = await tx.get(trash, user, bin, id);
        if (!record) continue;
        takeFromTrash(tx, { user, bin, id }, record);
        queuePurge(tx, record.dentry);
      }
      return due.length === DIRECTORY_LIMITS.reapRows;
    },
    undefined,
    { frees: true },
  );
}

async function expired(tx: ReadTransaction, trashMs: number): Promise<AgeKey[]> {
  const rows = await tx.range(trashAges, { prefix: [], limit: DIRECTORY_LIMITS.reapRows });
  return rows.map(({ key }) => key).filter(([deletedMs]) => deletedMs + trashMs <= tx.nowMs);
}
