import type { JournalTail } from './journal.ts';

/**
 * Says what a snapshot is. It was read from the directory while commits went on: it has all commits
 * up to `base`, and of those up to `upTo` any part. Replaying the journal from `base` on, at least up to
 * `upTo`, makes it whole, since a record can be replayed twice.
 */
export interface SnapshotStamp {
  /** The record of the journal that it continues from. */
  readonly base: JournalTail;
  readonly upTo: number;
  /** Directory time of `base`. */
  readonly timeMs: number;
  /** How many pieces it has, of at most `snapshotPieceBytes` of `DATA_LIMITS`. */
  readonly pieces: number;
}

/**
 * Snapshots of the directory on one disk. A snapshot is there once it was finished, and is then on
 * stable storage as a whole. A piece that is damaged is reported as `damaged`, never returned.
 */
export interface Snapshots {
  /** What is there, oldest first. */
  readonly all: readonly SnapshotStamp[];
  /** Begins another one; one that was begun and not finished is thrown away. */
  begin(base: JournalTail): Promise<void>;
  /** Adds the piece of that number, from 0; one that was added already is passed over. */
  add(index: number, piece: Uint8Array): Promise<void>;
  /** Makes what was begun a snapshot; rejects with `invalid-argument` unless all pieces are there. */
  finish(stamp: SnapshotStamp): Promise<void>;
  read(stamp: SnapshotStamp, index: number): Promise<Uint8Array>;
  /** Rejects with `damaged` unless what says where its pieces are is as it was written. */
  verifyStamp(stamp: SnapshotStamp): Promise<void>;
  /** Removes one that turned out to be damaged. */
  discard(stamp: SnapshotStamp): Promise<void>;
  /** Removes those that begin before record `number`, but never the newest. */
  forget(number: number): Promise<void>;
}
