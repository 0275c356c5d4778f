import type { Engine } from '@holdfast/directory';

/** The stores that a commit waits for, as membership changes it; the directory's engine keeps it. */
export type JournalView = Pick<
  Engine,
  | 'status'
  | 'onStatus'
  | 'joinView'
  | 'meetStranger'
  | 'dropFromView'
  | 'retire'
  | 'confirmEpoch'
  | 'journalHolders'
  | 'noteLacking'
>;
