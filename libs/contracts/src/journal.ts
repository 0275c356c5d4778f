/** One commit of the directory, as it stands in every copy of the journal. */
export interface JournalRecord {
  readonly epoch: number;
  /** From 1, without gaps. */
  readonly number: number;
  /** 32 bytes: the `hash` of the record before; zeros for record 1. */
  readonly previous: Uint8Array;
  readonly payload: Uint8Array;
  /** 32 bytes: BLAKE3 over epoch, number, previous and payload. */
  readonly hash: Uint8Array;
}

/** Where a journal ends. Number 0 with a hash of zeros: it is empty. */
export interface JournalTail {
  readonly epoch: number;
  readonly number: number;
  readonly hash: Uint8Array;
}

/** Where a journal that was damaged ended: its last record, or the last that there must have been. */
export interface LostTail {
  readonly epoch: number;
  readonly number: number;
  /** Of that record; absent where it could not be read. */
  readonly hash?: Uint8Array;
}

/** A journal that was found damaged, and was set aside as it was. */
export interface QuarantinedJournal {
  /** Where it is, in the data folder. */
  readonly folder: string;
  readonly tail: LostTail;
}

export interface JournalResetOptions {
  /** What there was is set aside unchanged, for people: see `kept`. */
  readonly keep?: boolean;
  /** It is set aside because it is damaged: see `quarantined`. */
  readonly damaged?: boolean;
}

export interface JournalAppendOptions {
  /** These records lead to space coming back: they may use what the journal keeps for them. */
  readonly freesSpace?: boolean;
}

/**
 * The chained log of directory commits, on one disk. Damage is reported and never skipped; a torn
 * tail, which no acknowledged record can be part of, is cut at opening.
 */
export interface Journal extends AsyncDisposable {
  readonly tail: JournalTail;
  /** Why it takes no more records; undefined while it does. A full disk is no such reason. */
  readonly poisoned: string | undefined;
  /**
   * Appends records that continue the chain; resolves when they are on stable storage. Calls may
   * overlap: they are ordered as called, and share fsyncs. After a failed sync every call rejects
   * with `poisoned`. Rejects with `no-space`, having kept nothing of these records nor of those that
   * were appended after them, when the disk is full; the journal goes on from `tail`.
   */
  append(records: readonly JournalRecord[], options?: JournalAppendOptions): Promise<void>;
  /**
   * Records from `from` on, at most `maxBytes` of payload but at least one if there is one. Rejects
   * with `not-found` if the journal begins after `from`, and with `damaged`.
   */
  read(from: number, maxBytes: number): Promise<JournalRecord[]>;
  /** The record's hash, or undefined if this journal does not have it. It knows its base's. */
  hashOf(number: number): Promise<Uint8Array | undefined>;
  /** Removes everything and continues from `tail`, as when a copy is begun anew. */
  reset(tail: JournalTail, options?: JournalResetOptions): Promise<void>;
  /** The number of the first record that can be read, or that will be. */
  readonly first: number;
  /** Bytes on the disk behind record `number`, more or less. */
  bytesSince(number: number): number;
  /**
   * Gives back the space of records before `number` where whole files have no others. To be called
   * once a snapshot stands for them.
   */
  truncate(number: number): Promise<void>;
  /**
   * Sees to it that what is appended from now on stands in another file than what was before, which
   * `truncate` can then give back. Rejects as `append` does.
   */
  roll(): Promise<void>;
  /** The folders of what resets have set aside, oldest first. Only people remove them. */
  readonly kept: readonly string[];
  /**
   * What was set aside because it was damaged, oldest first. Only people remove it, but for one that
   * this journal has outgrown when the next one is set aside.
   */
  readonly quarantined: readonly QuarantinedJournal[];
}
