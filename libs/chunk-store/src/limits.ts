/** Limits of the chunk store (§P10). Openers may choose smaller ones of those that are options. */
export const CHUNK_STORE_LIMITS = {
  /** Bytes of one segment file. */
  segmentBytes: 268_435_456,
  /** @tuning The same as a share of the disk, where that is less. */
  segmentShare: 0.03,
  /** @tuning But never less than this. */
  smallestSegmentBytes: 8_388_608,
  /** Records in one segment, so that its summary fits into memory. */
  segmentEntries: 262_144,
  /** @tuning Chunks up to this size are packed with others into one frame. */
  smallChunkBytes: 65_536,
  /** Bytes of a frame of small records. */
  smallFrameBytes: 524_288,
  /** Records in one frame. */
  frameEntries: 2048,
  /** Frames of small records under way. */
  smallFrames: 1,
  /** Frames of one large chunk under way; more would only queue for libuv's four threads. */
  largeFrames: 3,
  /** Bytes of chunks that wait for the disk or are under way; further writers wait. */
  queuedBytes: 67_108_864,
  /** Reads of chunks up to `smallFrameBytes` at once, each with memory that is kept. */
  smallReads: 8,
  /** Reads of larger chunks at once. */
  largeReads: 3,
  /** Pieces of memory for large chunks that are kept when they come back. */
  keptReadBuffers: 8,
  /** Segment files held open for reading. */
  openFiles: 64,
  /** @tuning Share of dead bytes from which a segment is compacted, whatever else goes on. */
  deadFraction: 0.5,
  /** @tuning For so long nobody used a store that counts as idle, and is compacted further. */
  idleAfterMs: 5_000,
  /** @tuning Dead bytes that an idle store keeps, as a share of the live ones. */
  idleDeadShare: 0.08,
  /** @tuning Dead bytes that it keeps besides, however little is live. */
  idleDeadBytes: 1_048_576,
  /** @tuning The same as a share of a segment; the lower of the two counts. */
  idleDeadSegmentShare: 0.0625,
  /** @tuning Dead bytes below which a segment of an idle store is not worth compacting. */
  leastGainBytes: 16_384,
  /** @tuning Bytes that compaction reads a second. */
  compactionBytesPerSecond: 67_108_864,
  /** @tuning Bytes, about, that compaction carries on in one step. */
  compactionStepBytes: 4_194_304,
  /** @tuning Pause after a step of what began while the store was idle, when users are back. */
  compactionGiveWayMs: 2_000,
  /** @tuning Wait between looks for a segment to compact. */
  compactionDelayMs: 2_000,
  /** Space on the disk below which new chunks are refused. */
  reserveBytes: 268_435_456,
  /** @tuning The same as a share of a small disk; the lower of the two counts. */
  reserveShare: 0.05,
  /** @tuning Size of the file that is given up so that a full disk still takes deletes. */
  ballastBytes: 8_388_608,
  /** @tuning The same as a share of what is kept free; the lower of the two counts. */
  ballastShare: 0.25,
  /** @tuning Bytes written before the free space of the disk is looked up again. */
  spaceCheckBytes: 33_554_432,
  /** Chunks in quarantine that are remembered until somebody is told of them. */
  untoldChunks: 10_000,
  /** @tuning Bytes read at once when a segment's frames are looked through. */
  scanWindowBytes: 65_536,
} as const;

/** Bytes of one file id and one hash: what a chunk is called in here. */
export const KEY_BYTES = 48;
