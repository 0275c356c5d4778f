/** Limits of the command line (§P10). */
export const CLIENT_LIMITS = {
  /** Lines of history that the prompt keeps. */
  historyLines: 1_000,
  /** Names that a pattern may stand for. */
  globMatches: 100_000,
  /** @tuning Files from this size on are written past the page cache of this computer. */
  longFileBytes: 16_777_216,
  /** Folders that one pattern may look into. */
  globFolders: 10_000,
  /** Names that Tab shows at once. */
  completions: 500,
  /** How long Tab waits for the names of a remote folder. */
  completionMs: 2_000,
  /** Files of up to `smallFileBytes` that `put -r` and `get -r` have under way at once. */
  filesInFlight: 64,
  /** Larger ones, of a single call each, that they have under way at once. */
  midFilesInFlight: 8,
  /** @tuning Bytes up to which a file of a tree is one of the smallest. */
  smallFileBytes: 16_384,
  /** Parts of one command that may wait for its interruption at once; more are a leak. */
  abortListeners: 256,
  /** Links that are followed from one named path on; more are taken for a circle. */
  linksFollowed: 16,
  /** @tuning How often a progress bar is drawn. */
  progressMs: 100,
  /** @tuning The time over which the speed of a transfer is measured. */
  speedWindowMs: 4_000,
  /** @tuning How often `status --watch` asks. */
  watchMs: 1_000,
  /** Bytes of a password that is read from standard input. */
  passwordInputBytes: 4_096,
  /** Skipped files that are named before the rest is only counted. */
  skippedNamed: 20,
  /** How often a person may mistype a password. */
  passwordTries: 3,
  /** @tuning A connection that is away for longer is told of. */
  shortBreakMs: 700,
  /** How long a suggestion of another name may take: it is a courtesy. */
  suggestionMs: 1_500,
  /** @tuning How long after it ended the prompt watches the cluster again. */
  watchAgainMs: 1_000,
  /** How long the prompt waits for the cluster to be watched. */
  subscribeMs: 10_000,
  /** How long a command that was told to end may undo what is under way. */
  undoMs: 5_000,
} as const;
