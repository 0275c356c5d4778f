/** Limits of the journal (§P10). */
export const JOURNAL_LIMITS = {
  /** Bytes of one segment file, unless the opener says otherwise. */
  segmentBytes: 16_777_216,
  /** @tuning Written ahead and kept for records that lead to space coming back. */
  reserveBytes: 4_194_304,
  /** Bytes that one write and sync serves. */
  batchBytes: 4_194_304,
  /** Bytes of records that wait for the disk; further appends are refused. */
  queuedBytes: 64_194_304,
  /** @tuning Bytes read from the disk at once. */
  readWindowBytes: 262_144,
  /** Reads at once. */
  reads: 8,
  /** @tuning Bytes of a segment that one entry of the in-memory index stands for. */
  indexStepBytes: 65_536,
} as const;
