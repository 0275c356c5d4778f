/** Limits of the commands that run a cluster on this machine (§P10). */
export const CLUSTER_LIMITS = {
  /** How long `cluster up` waits for all parts to be ready. */
  readyMs: 30_000,
  /** How long a part that was started alone may wait for others before it is left waiting. */
  neighbourMs: 5_000,
  /** How long `rebuild` waits for servers to be heard before it tells which are missing. */
  rebuildMs: 12_000,
  /** The same where it goes on without them. */
  rebuildWithLossMs: 45_000,
  /** How long `backup` waits for a frontend to begin. */
  backupBeginMs: 10_000,
  /** How long one question to a part's health page may take. */
  healthMs: 2_000,
  /** What is read of such a page at most. */
  pageCharacters: 1_048_576,
  /** How long a part may take to end by itself after SIGTERM. */
  stopMs: 10_000,
  /** @tuning Pause between two looks at a process or a health page. */
  pollMs: 50,
  /** Lines shown of the log of a part that did not start. */
  logTailLines: 12,
  /** Bytes read of a log for these lines. */
  logTailBytes: 16_384,
  /** Servers that `cluster up` starts at most on one machine. */
  servers: 64,
  /** How long `join` waits for an answer from a frontend. */
  joinMs: 5_000,
} as const;
