import type {
  JournalRecord,
  JournalTail,
  LostTail,
  SnapshotStamp,
  StoreId,
} from '@holdfast/contracts';

/** How far a copy of the journal is, and who commanded it last. */
export interface CopyStand {
  readonly tail: JournalTail;
  /** The highest epoch that the store was ever commanded in. */
  readonly epoch: number;
  /** The newest snapshot that the copy continues and makes whole, if it has one. */
  readonly snapshot?: SnapshotStamp;
  /** How far it was before it was damaged, if it is not as far again. */
  readonly lost?: LostTail;
}

/**
 * The copy of the journal on one store, as the coordinator reaches it. A method that cannot reach
 * the store rejects; the engine then asks for the stand again before it goes on.
 */
export interface JournalCopy {
  readonly store: StoreId;
  /** The name of its server, for the roster and for messages. */
  readonly name: string;
  stand(): Promise<CopyStand>;
  /**
   * Appends records that continue the copy; resolves when they are on the store's stable storage.
   * Calls may overlap and arrive in order. At most `journalBatchRecords` and `journalBatchBytes` of
   * `DATA_LIMITS` at once. Rejects with `stale-epoch` if the store was commanded in a higher epoch.
   */
  append(epoch: number, records: readonly JournalRecord[]): Promise<void>;
  /**
   * Begins the copy anew behind `tail`. With `keep` the store sets aside what there was, and deletes
   * no chunk before a person has removed that. Rejects as `append` does.
   */
  begin(epoch: number, tail: JournalTail, options: { readonly keep: boolean }): Promise<void>;
  /**
   * Records from `from` on, as many as fit into one message; empty beyond the end. Rejects with
   * `not-found` where a snapshot stands for them.
   */
  read(from: number): Promise<JournalRecord[]>;
  /** Begins, goes on with and ends a snapshot there: see `Snapshots`. They reject as `append` does. */
  beginSnapshot(epoch: number, base: JournalTail): Promise<void>;
  addPiece(epoch: number, index: number, piece: Uint8Array): Promise<void>;
  /** The copy may forget records before `keepFrom` if it reaches as far as the snapshot asks. */
  finishSnapshot(epoch: number, stamp: SnapshotStamp, keepFrom: number): Promise<void>;
  readPiece(stamp: SnapshotStamp, index: number): Promise<Uint8Array>;
}
