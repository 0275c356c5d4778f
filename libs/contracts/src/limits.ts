/** Limits of the data model, shared by all parts (§P10). Transport limits live in `rmi`. */
export const DATA_LIMITS = {
  /** Bytes of one name in a folder, in UTF-8. */
  nameBytes: 255,
  /** Bytes of a whole path, in UTF-8. */
  pathBytes: 4096,
  /** Folders between the root and an entry. */
  pathDepth: 128,
  /** Bytes of the target of a symbolic link. */
  linkTargetBytes: 4096,
  /** Bytes of one chunk. */
  chunkBytes: 4 * 1024 * 1024,
  /** A file up to this size is written and read by a single call. */
  inlineFileBytes: 256 * 1024,
  /** Chunks in one page of a manifest. */
  manifestPageChunks: 1000,
  /** Chunks that tickets are given for in one answer. */
  ticketChunks: 32,
  /** Servers that pass one chunk on to each other; a file with more copies is written through the frontend. */
  chainedStores: 8,
  /** Entries in one page of a listing. */
  listPageEntries: 1000,
  /** Bytes of a user's name. */
  userNameBytes: 64,
  /** Bytes of a password, in UTF-8. */
  passwordBytes: 1024,
  /** Stores that a commit waits for. Further stores follow the journal without being waited for. */
  viewStores: 5,
  /** Stores ever enrolled and not retired. */
  rosterStores: 64,
  /** Keys that one commit may write. */
  commitKeys: 4096,
  /** Bytes that one commit may write. */
  commitBytes: 2 * 1024 * 1024,
  /** Journal records in one message to a store. */
  journalBatchRecords: 1024,
  /** Bytes of journal records in one message to a store. */
  journalBatchBytes: 4 * 1024 * 1024,
  /** Bytes of one piece of a snapshot of the directory; more than the largest value of a commit. */
  snapshotPieceBytes: 4 * 1024 * 1024,
  /** Chunks named in one call to a store (inventory, delete, touch). */
  storeBatchChunks: 1000,
  /** Bytes of small chunks that one call reads or puts together. */
  storeBatchBytes: 1024 * 1024,
} as const;

/** Deadlines of calls whose caller names none. */
export const CALL_LIMITS = {
  /** Any call that has none of the following. */
  callMs: 30_000,
  /** The transfer of one chunk between client and frontend; a stalled server is given up earlier. */
  chunkMs: 120_000,
  /** A call to a store. */
  storeMs: 60_000,
  /** A server's sign of life. */
  heartbeatMs: 5_000,
} as const;

/** Named in the handshake; a part of another number is refused with both numbers. */
export const PROTOCOL_NUMBER = 1;
