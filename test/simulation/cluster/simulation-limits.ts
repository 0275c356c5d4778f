/** Sizes that are small in a simulation, so that what is rare in a cluster happens often. */
export const SIMULATION_LIMITS = {
  /** Room for the largest message with records that a store may get. */
  journalSegmentBytes: 1_572_864,
  journalReserveBytes: 65_536,
  /** Journal that makes a new snapshot of the directory. */
  snapshotBytes: 131_072,
  snapshotMarginRecords: 16,
  /** Segments of stores that get no chunk above 200 KiB, and of those that do. */
  smallChunkSegmentBytes: 262_144,
  largeChunkSegmentBytes: 5_242_880,
  chunkReserveBytes: 131_072,
  chunkBallastBytes: 65_536,
  /** Dead bytes from which a segment is compacted. */
  deadFraction: 0.3,
  compactionDelayMs: 3_000,
  /** Contents of small files that the frontend keeps at hand. */
  keptContentsBytes: 16_384,
  /** How long what was deleted can be had back. */
  trashMs: 30_000,
} as const;
