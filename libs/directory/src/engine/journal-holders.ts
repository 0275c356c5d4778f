import { DATA_LIMITS, type StoreId } from '@holdfast/contracts';

/** The stores that have what was acknowledged, besides this machine. Replaced, and never changed. */
export interface JournalHolders {
  /** They have all of it. */
  readonly inView: readonly StoreId[];
  /** They are away, and have all that there was at this directory time, when they left the view. */
  readonly left: readonly { readonly store: StoreId; readonly atMs: number }[];
}

/** A store that leaves the view, with the journal up to the record `acked`. */
export interface LeavingStore {
  readonly store: StoreId;
  readonly acked: number;
}

interface ViewChange {
  readonly inView: readonly StoreId[];
  /** All stores that are enrolled. */
  readonly roster: readonly StoreId[];
  readonly leaving: LeavingStore | undefined;
  /** The number of the newest commit that has its place. */
  readonly newest: number;
  /** Directory time. */
  readonly nowMs: number;
}

/** Keeps account of who has the journal, as stores come into the view and leave it. */
export class JournalHolderNotes {
  #now: JournalHolders = { inView: [], left: [] };
  /** The newest commits that only say who is in view. */
  #viewRecords: readonly number[] = [];

  get now(): JournalHolders {
    return this.#now;
  }

  viewChanged({ inView, roster, leaving, newest, nowMs }: ViewChange): void {
    const left = this.#now.left.filter(
      ({ store }) => !inView.includes(store) && roster.includes(store),
    );
    if (leaving && this.#hasAll(leaving, newest)) left.push({ store: leaving.store, atMs: nowMs });
    this.#now = { inView, left };
  }

  /** The commit of that number only says who is in view: no store is counted on for it. */
  viewRecorded(number: number): void {
    this.#viewRecords = [...this.#viewRecords, number].slice(-DATA_LIMITS.rosterStores);
  }

  /** Whatever the store had when it left, it may lack something now that it is counted on for. */
  noteLacking(store: StoreId): void {
    const { inView, left } = this.#now;
    if (!left.some((other) => other.store === store)) return;
    this.#now = { inView, left: left.filter((other) => other.store !== store) };
  }

  #hasAll({ acked }: LeavingStore, newest: number): boolean {
    const views = this.#viewRecords.filter((number) => number > acked);
    return newest <= acked + views.length;
  }
}
