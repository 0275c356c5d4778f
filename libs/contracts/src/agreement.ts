import type { DirectoryId, StoreId } from './values.ts';

/** The numbered set of stores that must hold a journal record before its commit is acknowledged. */
export interface View {
  readonly number: number;
  readonly stores: readonly StoreId[];
}

/** A store that was enrolled and not retired, under the name of its server. */
export interface RosterEntry {
  readonly store: StoreId;
  readonly name: string;
}

/** What machines must agree on, and only that. */
export interface AgreementState {
  readonly directory: DirectoryId;
  readonly epoch: number;
  readonly view: View;
  readonly roster: readonly RosterEntry[];
}

/** Who coordinates, and which stores count. A local file with one frontend; etcd with several. */
export interface Agreement {
  /** Undefined before the first `become`. */
  read(): Promise<AgreementState | undefined>;
  /**
   * Makes the caller coordinator under a new, higher epoch, durably; a directory id is chosen where
   * there is none. Rejects with `unavailable` while another coordinator holds it.
   */
  become(newDirectory: DirectoryId): Promise<AgreementState>;
  /** Replaces view and roster, durably; rejects with `stale-epoch` unless `epoch` is the newest. */
  update(epoch: number, view: View, roster: readonly RosterEntry[]): Promise<AgreementState>;
  /**
   * For the coordinator: re-reads what is stored, and where that is damaged, unreadable or gone writes it
   * anew, durably. Resolves with what was found, as a sentence; undefined if all was well.
   */
  mend(): Promise<string | undefined>;
  /** Begins anew, durably, from what a rebuild found, whatever is there or can be read of it. */
  restore(state: AgreementState): Promise<void>;
}
