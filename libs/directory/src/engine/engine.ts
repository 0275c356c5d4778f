import type {
  Agreement,
  AgreementState,
  DirectoryId,
  Hasher,
  HoldfastError,
  Journal,
  OrderedMap,
  RosterEntry,
  Snapshots,
  StoreId,
  TransactionRunner,
  View,
} from '@holdfast/contracts';
import type { Clock, Random, TupleElement } from '@holdfast/kernel';
import type { FollowedCommit } from './commit-followers.ts';
import type { CopyTarget } from './copy-out.ts';
import type { DirectoryFindings } from './engine-scrub.ts';
import type { JournalHolders } from './journal-holders.ts';
import type { JournalCopy } from './journal-copy.ts';
import type { EngineState } from './standing.ts';

export interface EnginePorts {
  /** Open, and used by nobody else. The engine does not close it. */
  readonly journal: Journal;
  /** A view of the journal, made anew where it does not fit. The engine does not close it. */
  readonly map: OrderedMap;
  /** Where snapshots of the directory are kept; without them the journal is kept whole. */
  readonly snapshots?: Snapshots;
  readonly agreement: Agreement;
  readonly hasher: Hasher;
  readonly clock: Clock;
  readonly random: Random;
  /**
   * `alone`: commits wait for the local journal only, and there are no stores, as in unit tests.
   * `stores`, the default: nothing is served before a store has been heard, and nothing is written
   * without one.
   */
  readonly mode?: 'stores' | 'alone';
  /** Bytes of commits that a start replays at most, more or less. */
  readonly persistBytes?: number;
  /**
   * Journal and agreement come from a backup: nothing is served before all stores were heard, nor
   * while one of them has more.
   */
  readonly restored?: boolean;
  /** Bytes of journal after which a snapshot is taken, and records that are kept before it. */
  readonly snapshotBytes?: number;
  readonly snapshotMarginRecords?: number;
  /** A copy could not be reached or refuses; the engine goes on trying, or drops it. */
  readonly onTrouble?: (store: StoreId, error: unknown) => void;
  /** Journal or map turned out to be damaged, and are made anew. */
  readonly onDamage?: (error: HoldfastError) => void;
  /** The engine has put a store out of the view. */
  readonly onDropped?: (store: StoreId, why: string) => void;
}

export interface EngineStatus {
  readonly state: EngineState;
  readonly writable: boolean;
  /** Why not everything is served, for people; empty when it is. */
  readonly reason: string;
  readonly directory: DirectoryId;
  readonly epoch: number;
  /** The number of the newest visible commit. */
  readonly commits: number;
  /** Directory time. */
  readonly nowMs: number;
  /** The stores that commits wait for. */
  readonly view: View;
  readonly roster: readonly RosterEntry[];
}

/**
 * The directory's transactions on this frontend (§P1, §P3, §P7): a journal here and on every store
 * in view is the commit point, the ordered map is what readers see. Dispose it before journal and
 * map.
 */
export interface Engine extends TransactionRunner, AsyncDisposable {
  readonly status: EngineStatus;
  readonly journalHolders: JournalHolders;
  /** Calls `listener` whenever `status` may have changed other than by a commit. */
  onStatus(listener: (status: EngineStatus) => void): Disposable;
  /**
   * Brings a store's copy of the journal up to date and lets the store into the view; resolves when
   * that is durable. At the start it resolves at once with `waiting` if other stores must be heard
   * first; the engine then lets the store in by itself, and tells `onTrouble` if that fails. A store
   * that was dropped, or has restarted, or was in trouble at the start, joins again in the same way.
   *
   * Rejects with `store-ahead` if the copy has what this directory lacks, with `stale-epoch` if it
   * was commanded in a higher epoch, and with `unavailable` where trying again helps.
   */
  joinView(copy: JournalCopy): Promise<'joined' | 'waiting'>;
  /**
   * To be told of a store of another directory: where ours has nothing, it may well be the one that
   * was lost, and serves nothing any more.
   */
  meetStranger(name: string): void;
  /**
   * Copies all that is acknowledged into an empty journal and its snapshots, while commits go on.
   * Resolves with what the agreement beside them must say.
   */
  backUp(target: CopyTarget): Promise<AgreementState>;
  /**
   * Re-reads agreement, journal, snapshots and map, and makes whole what is damaged, while commits go on.
   * `onRead` is told of each step, and may take its time. Rejects with `unavailable` while nothing is
   * served.
   */
  scrub(onRead: (bytes: number) => Promise<void>): Promise<DirectoryFindings>;
  /** Something was acknowledged that this store may lack, though it left the view with all that there was. */
  noteLacking(store: StoreId): void;
  /** Puts a store out of the view; acknowledgements go on once the others have that on record. */
  dropFromView(store: StoreId, why: string): Promise<void>;
  /**
   * To be called after this process was stopped for a while: nothing more is served if somebody else
   * has become coordinator meanwhile.
   */
  confirmEpoch(): Promise<void>;
  /** Takes a store off the roster: it is not waited for at any start, and must enrol anew. */
  retire(store: StoreId): Promise<void>;
  /**
   * Calls `listener` for every visible commit that changed a key below `prefix`, in order, before the
   * commit is acknowledged. `prefix` begins with the number of a table.
   */
  follow(prefix: readonly TupleElement[], listener: (commit: FollowedCommit) => void): Disposable;
}
