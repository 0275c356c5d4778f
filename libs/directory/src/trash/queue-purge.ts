import type { WriteTransaction } from '@holdfast/contracts';
import type { Dentry } from '../tables/dentries.ts';
import { tasks } from '../tables/tasks.ts';

/** Queues what is behind a dentry that nobody can reach any more; `reap` does the rest. */
export function queuePurge(tx: WriteTransaction, dentry: Dentry): void {
  if (dentry.kind === 'link') return;
  tx.put(tasks, { after: '' }, dentry.kind, dentry.id, '');
}
