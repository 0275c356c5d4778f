/** Limits of replication and membership (§P10). Times in milliseconds. */
export const REPLICATION_LIMITS = {
  /** @tuning How often a server says that it lives. */
  heartbeatMs: 1_000,
  /** A server that was silent for so long is suspect: reads avoid it and writes leave it out. */
  silenceMs: 5_000,
  /** A server whose oldest write made no progress for so long leaves all fan-outs and the view. */
  writeStallMs: 5_000,
  /** The same for the last servers that a write could go to. */
  lastCandidateStallMs: 30_000,
  /** How long after its start a frontend lets no empty disk take the place of one not seen yet. */
  adoptAfterMs: 10_000,
  /** How long after a server began to catch up writes wait for it rather than go on without it. */
  arrivalMs: 1_000,
  /** How long after its last attempt a server that was refused is shown. */
  refusedShownMs: 60_000,
  /** @tuning How often the verdicts are passed. */
  verdictEveryMs: 250,
  /** @tuning Verdicts that come later than this were missed: the frontend itself was stopped meanwhile. */
  verdictLateMs: 1_000,
  /** @tuning A server that keeps a write waiting for longer, and much longer than another one, lags. */
  slowMs: 1_000,
  /** @tuning So many times longer. */
  slowTimes: 4,
  /** A server that lagged for so long in sum leaves, though each of its writes went through. */
  lagMs: 5_000,
  /** @tuning What a server has lagged is forgotten while it does not lag, at this share of the time. */
  lagForgiven: 0.25,
  /** A read that a holder has not answered by then goes to the next holder. */
  readStallMs: 3_000,
  /** Longest pause between probes of a server that was dropped for slowness. */
  probeMaxMs: 60_000,
  /** @tuning A server that served for so long before it was dropped again is probed as if for the first time. */
  forgiveAfterMs: 600_000,
  /** @tuning A probe that took longer is not a fast one. */
  probeFastMs: 1_000,
  /** @tuning Fast probes before a slow server may come back. */
  probesToReturn: 3,
  /**
   * Bytes of a file up to which the directory keeps it, so that it costs one commit; no chunk, no holders,
   * no repair. Snapshots carry them along, so this stays small.
   */
  inlineContentBytes: 2_048,
  /** Calls with small chunks that are under way to one store; further chunks share the next one. */
  putBatches: 1,
  /** Bytes of small chunks in one such call, so that calls behind it do not wait for long. */
  putBatchBytes: 1_048_576,
  /** Chunks that are repaired in one call, and whose new holders are noted in one commit. */
  repairBatchChunks: 256,
  /** Bytes that are repaired in one call. */
  repairBatchBytes: 8_388_608,
  /** @tuning Under-replicated chunks that repair reads at once; others get their turn after each page. */
  repairPageChunks: 256,
  /** Under-replicated chunks, worst first, that the status looks at. */
  worstChunks: 1_024,
  /** @tuning How many of them it reads at once, where the first ones tell enough. */
  worstPageChunks: 16,
  /** Repair calls to one server at a time, of large chunks and of small ones each. */
  repairsPerTarget: 2,
  /** Repair waits so long for servers that come back together, to write down what all of them got at once. */
  repairArrivalMs: 3_000,
  /** Repair calls that are under way or wait for their turn. */
  repairTransfers: 256,
  /** Copies that are being made or wait for their turn, of the last batch a few more. */
  repairCopies: 4_096,
  /** For so long a server is not asked again for what another one could not get from it, if a third has that. */
  repairAvoidMs: 60_000,
  /** A server that another one has not sent chunks by then is given up as a source for now. */
  pullStallMs: 20_000,
  /** @tuning Copies that were made wait so long for those of the same chunks on other servers, to be noted together. */
  noteTogetherMs: 20,
  /** @tuning While users write, repair calls begin for so long, and then repair rests. */
  repairTurnMs: 250,
  /** @tuning It rests so long that users lose at most this share of their speed: a little less than the 0.3 promised. */
  repairCost: 0.25,
  /** @tuning The share of the time in which it goes before it knows what that costs. */
  repairShareFirst: 0.3,
  /** @tuning That share is never less, so that repair goes on. */
  repairShareLeast: 0.1,
  /** @tuning Nor more, so that it is known how fast users are without it. */
  repairShareMost: 0.8,
  /** The longest rest. */
  repairRestMaxMs: 5_000,
  /** @tuning Of what is known of users' speed so much counts on after each turn. */
  paceMemory: 0.8,
  /** @tuning Fewer writes tell nothing of their speed. */
  paceLeastWrites: 16,
  /** @tuning Bytes that must come free on a full server before it is sent chunks again. */
  spaceAgainBytes: 16_777_216,
  /** @tuning And after so long it is tried again in any case: space may have come back in the instant in which it was looked for. */
  fullRetryMs: 60_000,
  /** @tuning How often repair looks for work where nothing woke it. */
  repairEveryMs: 2_000,
  /** @tuning That pause is at least so many times what a look took that found nothing to do. */
  repairPause: 10,
  /** @tuning How often expired and unreferenced things are collected. */
  collectEveryMs: 5_000,
  /** @tuning The least pause between rounds of collection while there is more to collect. */
  collectSoonMs: 200,
  /** @tuning That pause is at least so many times what the round took. */
  collectPause: 2,
  /** @tuning How often a live store is looked through for chunks that nobody refers to. */
  sweepEveryMs: 600_000,
  /** @tuning The same where it is known to have chunks of failed writes. */
  sweepSoonMs: 15_000,
  /** @tuning The pause between two such looks is at least so many times what one took. */
  sweepPause: 50,
  /** Bounded steps in one round of collection. */
  collectSteps: 64,
  /** Unreferenced chunks deleted in one round of collection. */
  garbageRoundChunks: 1_000,
  /** An upload without progress for so long is given up. */
  uploadIdleMs: 86_400_000,
  /** Chunks of an upload that are noted in the directory together. */
  recordBatchChunks: 32,
  /** Times that a write begins again because its file was moved while it went on. */
  movedAttempts: 5,
  /** Uploads that one session may have open. */
  uploadsPerSession: 256,
  /** Versions that one session may have open for reading. */
  readsPerSession: 1_024,
  /** Large chunks, or batches of small ones, that one call of `pull` moves at a time. */
  pullParallel: 2,
  /** Servers that connections for large chunks are kept to: all that there may be. */
  pullLinks: 64,
  /** @tuning A nonce of another server is used so long before it is asked for again. */
  pullNonceMs: 10_000,
  /** A server with which large chunks could not be moved over such a connection is left alone for so long. */
  pullRestMs: 15_000,
  /** @tuning How often the directory notes how far the stores are. */
  noteEveryMs: 5_000,
  /** @tuning How often files are given other stores, where stores joined or retire. */
  rosterEveryMs: 2_000,
  /** How long a store that is about to be removed waits for what was sent to it before. */
  drainMs: 5_000,
  /** @tuning Free bytes of a store below which trash and history give way. */
  scarceBytes: 536_870_912,
  /** @tuning The same as a share of a small disk; the lower of the two counts. */
  scarceShare: 0.1,
  /** Events that a slow watcher may be behind before it is cut off. */
  watchBacklog: 256,
  /** Chunks that a full inventory compares in one step. */
  inventoryBatch: 1_000,
  /** @tuning A pass over all records of a store is spread over so long, if that is not too slow or fast. */
  scrubPassMs: 432_000_000,
  /** @tuning A pass begins so long after the one before, so each record is re-read within seven days. */
  scrubEveryMs: 518_400_000,
  /** @tuning A store that was never gone over waits so long after the start of its server. */
  scrubFirstAfterMs: 600_000,
  /** @tuning Bytes a second that a pass reads at least. */
  scrubSlowestBytesPerSecond: 1_048_576,
  /** Bytes a second that a pass reads at most, also when it is asked for. */
  scrubFastestBytesPerSecond: 67_108_864,
  /** @tuning Bytes that are verified in one step, about; others get their turn after each. */
  scrubStepBytes: 4_194_304,
  /** A step waits at most so long while others use the disk. */
  scrubGiveWayMs: 2_000,
  /** @tuning How often it looks whether they still do. */
  scrubLookMs: 20,
  /** @tuning How long a pass waits where it cannot go on. */
  scrubRetryMs: 10_000,
  /** @tuning How long after a pass that could not make all whole the next one begins. */
  scrubUnrepairedMs: 600_000,
  /** What a pass over the directory has found is said in so many sentences at most. */
  scrubSentences: 8,
  /** @tuning How often the place where a pass is goes to disk; so much is read again after a restart. */
  scrubSaveMs: 60_000,
  /** Damaged chunks that a store lists before it waits until the coordinator was told. */
  scrubUntoldChunks: 5_000,
  /** @tuning How often the coordinator looks at what the stores have found. */
  findingsEveryMs: 2_000,
  /** Chunks in one answer about damage. */
  findingsChunks: 500,
  /** Names of damaged files that the status shows. */
  damagedFilesShown: 20,
  /** Manifest entries that all open reads of a session keep at hand together. */
  readChunksPerSession: 32_000,
  /** Chunks of failed writes that wait to be deleted from one store; of more, the next look at it hears. */
  strayChunks: 1_000,
  /** @tuning The first pause before a server that came back is caught up again; it doubles. */
  catchUpRetryMs: 500,
  /** The longest such pause. */
  catchUpRetryMaxMs: 10_000,
  /** @tuning The time over which the speed of repair is measured. */
  rateWindowMs: 5_000,
  /** @tuning It is measured over no less than this. */
  rateLeastMs: 500,
  /** @tuning What one copy costs besides its bytes, as so many bytes; for the time that is left. */
  copyCostsBytes: 131_072,
  /** A server to which chunks are passed on, and that takes none for so long at most, is left to the frontend. */
  passStallMs: 4_000,
  /** Chunks that are passed on to one server at once. */
  passesPerLink: 16,
  /** @tuning An upload of which a chunk took so long to be put without the frontend goes through it for a while. */
  slowPutMs: 2_000,
  /** @tuning For so long: that shows whether a server is slow. */
  slowPutRestMs: 10_000,
  /** Chunks of one upload that tickets to put them are out for. */
  putGrants: 16,
  /** A client that has not said by then who took a chunk must put it again. */
  putGrantMs: 60_000,
  /** A ticket to a chunk is good for one to two times as long. */
  ticketNonceMs: 20_000,
  /** Bytes of small files' contents that the frontend keeps at hand. */
  keptContentsBytes: 33_554_432,
  /**
   * Contents that are longer are not kept at hand: what they cost is their bytes, not the calls. Clients
   * that can are sent to the servers for them.
   */
  keptContentBytes: 16_384,
} as const;
