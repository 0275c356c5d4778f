/** A holder of a chunk, as far as it matters for choosing whom to ask. */
export interface HolderLoad {
  /** Takes part in writes now; others may answer, but are asked last. */
  readonly live: boolean;
  /** Known to have the chunk; others may have lost it. */
  readonly confirmed: boolean;
  /** Reads that it was asked and has not answered. */
  readonly outstandingReads: number;
  /** How long its reads took lately. */
  readonly latencyMs: number;
}

/**
 * Holders in the order in which to ask them for a chunk: the live before others, the confirmed
 * before the doubtful, then those with the fewest outstanding reads, then the fastest.
 */
export function holdersInOrder<H extends HolderLoad>(holders: readonly H[]): readonly H[] {
  return [...holders].sort(
    (a, b) =>
      Number(b.live) - Number(a.live) ||
      Number(b.confirmed) - Number(a.confirmed) ||
      a.outstandingReads - b.outstandingReads ||
      a.latencyMs - b.latencyMs,
  );
}
