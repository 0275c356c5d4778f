/** Limits of the ordered maps (§P10). */
export const ORDERED_MAP_LIMITS = {
  /** Bytes of uncompressed blocks that LevelDB keeps in memory. */
  cacheBytes: 67_108_864,
  /** Bytes of changes that LevelDB collects before it sorts them into a table; two may be held. */
  writeBufferBytes: 16_777_216,
  /** @tuning Up to so many values are read at once without leaving the thread; more are read beside it. */
  manyInline: 64,
  /** @tuning Bytes that a scan takes from LevelDB at once; what it gives in all is bounded by its caller. */
  scanBytes: 4_194_304,
  /** @tuning Keys in one piece of the sorted list of the map in memory. */
  pieceKeys: 512,
} as const;
