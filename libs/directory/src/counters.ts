/** Counters of the engine that the directory keeps. */
export const COUNTERS = {
  /** Files with at least one version, those in the trash included. */
  files: 'files',
  folders: 'folders',
  /** Bytes of the current versions of these files. */
  sizeBytes: 'sizeBytes',
  openUploads: 'openUploads',
  trashEntries: 'trashEntries',
  underReplicated: 'underReplicated',
  singleCopy: 'singleCopy',
} as const;

/** Counts the entries in one bin of a user's trash. */
export function binCounter(user: string, bin: number): string {
  return `trash:${user}:${bin}`;
}
