export { JOURNAL_FORMAT } from './format.ts';
export { JOURNAL_LIMITS } from './limits.ts';
export * from './open-journal.ts';
export * from './open-snapshots.ts';
