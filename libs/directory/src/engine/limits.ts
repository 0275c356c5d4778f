/** Limits of the engine (§P10). */
export const ENGINE_LIMITS = {
  /** Optimistic attempts of one transaction before it takes its turn alone. */
  optimisticAttempts: 2,
  /** Attempts of one transaction or query, after which it is refused as `unavailable`. */
  attempts: 10,
  /** How long a transaction or query that takes its turn alone may hold up others. */
  aloneMs: 2_000,
  /** Keys of recent commits that are remembered for finding conflicts; older readers start again. */
  recentKeys: 100_000,
  /** Bytes of small values that are kept at hand, with their keys and what they take once decoded. */
  keptBytes: 8_388_608,
  /** Longer values are not kept at hand. */
  keptValueBytes: 4_096,
  /** Queries whose values are kept because somebody will ask for them. */
  queriesAhead: 16,
  /** For so long such a value is kept. */
  queryAheadMs: 1_000,
  /** Raised entries whose values are remembered for the commits that raise them next. */
  raisedEntries: 4_096,
  /** Bytes of visible commits that are not yet in the map; more transactions wait before they begin. */
  unappliedBytes: 33_554_432,
  /** Visible commits that are not yet in the map, and transactions under way; more wait likewise. */
  unappliedCommits: 8_192,
  /** Transactions that wait for room; further ones are refused as `throttled`. */
  waitingTransactions: 10_000,
  /** Commits that are put into the map as one batch. */
  applyCommits: 512,
  /** Bytes of commits after which the map is persisted, so that a start replays no more. */
  unpersistedBytes: 16_777_216,
  /** @tuning A snapshot is taken each time the journal has grown by so many bytes since the last one. */
  snapshotBytes: 67_108_864,
  /** @tuning Or by so large a share of that one: a large directory is not written anew for little. */
  snapshotShare: 0.5,
  /** @tuning Records that stay in the journal before the newest snapshot, for copies that were away shortly. */
  snapshotMarginRecords: 2_000,
  /** Bytes of entries that make one piece of a snapshot; the last entry may exceed it. */
  snapshotPieceBytes: 1_048_576,
  /** @tuning Entries of the map that are read at once for a snapshot. */
  snapshotScanEntries: 64,
  /** @tuning The pause between two such reads, so that commits are hardly delayed. */
  snapshotRestMs: 1,
  /** Bytes of keys and values from the journal that the map is compared with at once. */
  comparedBytes: 33_554_432,
  /** @tuning Bytes of the journal that are read at once for that, since others use this thread. */
  comparedReadBytes: 262_144,
  /** @tuning How long after a snapshot failed the next one is tried. */
  snapshotRetryMs: 60_000,
  /** @tuning Bytes of journal records that are read at once, for replay and for copies that catch up. */
  readBytes: 4_194_304,
  /** Bytes of the newest journal records that are kept in memory for the copies. */
  recentRecordBytes: 8_388_608,
  /** Messages with records that one copy may have unanswered. */
  copyMessages: 2,
  /** How long a start waits for the other stores of the last view once one was heard. */
  startGraceMs: 2_000,
  /** A rebuild that may give up changes goes on once no other store was heard for so long. */
  rebuildQuietMs: 10_000,
  /** A store in view without progress for so long is dropped from the view. */
  stallMs: 5_000,
  /** The same for the last store of a view. */
  lastStallMs: 30_000,
  /** @tuning Between two looks at whether stores in view make progress. */
  watchdogMs: 500,
  /** @tuning A look that comes later than this was missed: the frontend itself was stopped meanwhile. */
  watchdogLateMs: 1_000,
  /** @tuning The first pause before a copy is tried again, doubled each time. */
  copyRetryMs: 100,
  /** The longest such pause. */
  copyRetryMaxMs: 2_000,
  /** @tuning A copy joins the view once it is so many records behind at most. */
  joinLagRecords: 256,
  /** Unanswered calls whose values are kept for one session. */
  sessionReplies: 1_024,
  /** Sessions whose values are kept; those that were quiet for longest are forgotten first. */
  replySessions: 4_096,
  /** Directory time for which the values of a quiet session are kept; begins anew with each start. */
  replyTtlMs: 86_400_000,
  /** Kept values of forgotten sessions that one commit removes. */
  repliesRemovedAtOnce: 32,
  /** Those who follow commits. */
  followers: 1_024,
  /** @tuning How long only what frees space is written, after there was none. */
  noSpacePauseMs: 1_000,
  /** A wall clock further ahead than this at start is taken for wrong. */
  timeJumpMs: 31_622_400_000,
  /** New epochs asked for at start, to get past the one in the journal. */
  epochAttempts: 10_000,
  /** @tuning Kept values that are read at once at start. */
  replyLoadEntries: 1_000,
} as const;
