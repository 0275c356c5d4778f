/** Limits of a frontend's process (§P10). */
export const FRONTEND_LIMITS = {
  /**
   * @tuning Bytes held on the frontend's disk for its start when that is full. The map needs them: it writes
   * anew what it had collected in memory, and what the journal says beyond that.
   */
  ballastBytes: 67_108_864,
  /** @tuning The same as a share of a small disk; the lower of the two counts. */
  ballastShare: 0.25,
  /** @tuning How often the ballast is grown, where there was no space for all of it. */
  ballastEveryMs: 10_000,
  /** @tuning How often it is looked whether somebody wants a backup. */
  backupLookMs: 500,
} as const;
