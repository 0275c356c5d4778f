import type { Table } from '@holdfast/contracts';
import { defineJsonTable } from './define-table.ts';

/**
 * Work that is too large for the commit that asked for it, done in bounded steps by `reap`:
 * `bin` (user, number): purge an emptied trash bin; `folder` (id): purge what is below a folder;
 * `file` (id): purge all versions of a file; `content` (file, content): drop the references of a
 * content; `retarget` (file): compare the holders of all chunks with a new placement.
 */
export type TaskKind = 'bin' | 'folder' | 'file' | 'content' | 'retarget';

export interface TaskState {
  /** The last key that was worked on; empty at the beginning. */
  readonly after: string;
}

export const tasks: Table<readonly [kind: TaskKind, id: string, part: string], TaskState> =
  defineJsonTable('task', 1);
