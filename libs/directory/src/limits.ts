/** Limits of the directory (§P10). */
export const DIRECTORY_LIMITS = {
  /** Uploads that may be open in the whole cluster. */
  openUploads: 10_000,
  /** Chunks of one file: 4 TiB in whole chunks. */
  fileChunks: 1_048_576,
  /** Chunks that one commit records or changes: at most six keys each. */
  commitChunks: 400,
  /** Uploads of one file that may be open. */
  uploadsOfFile: 64,
  /** Folders that wait to be counted by one `usage`. */
  usageFolders: 1_000_000,
  /** Versions in one history. */
  historyVersions: 1000,
  /** Times that a commit of an upload checks its chunks anew because they changed meanwhile. */
  commitAttempts: 5,
  /**
   * Chunks of old versions that are looked past to find the least copied chunk of the current one.
   * Beyond this the answer is the lower number.
   */
  copyScanChunks: 256,
  /** Characters, as JSON, of the paths and the targets of links in one page; fewer entries for more. */
  pagePathChars: 1_048_576,
  /** Pages of listings that are remembered as read ahead. */
  pagesAhead: 16,
  /** Entries read by one step of a walk over a table. */
  walkEntries: 1000,
  /** Stores that left and are remembered; of more, those that left first may enrol as new ones. */
  departedStores: 256,
  /** Rows of each kind that one step of a task takes; each costs at most five keys. */
  reapRows: 100,
  /** Tasks of the reaper that are looked at in one step. */
  reapTasks: 256,
  /** Keys after which a commit of the reaper takes no further task. */
  reapKeys: 1000,
} as const;
