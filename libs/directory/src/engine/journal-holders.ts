import type { StoreId } from '@holdfast/contracts';

/** The stores that have what was acknowledged, besides this machine. Replaced, and never changed. */
export interface JournalHolders {
  /** They have all of it. */
  readonly inView: readonly StoreId[];
  /** They are away, and have all that there was at this directory time, when they left the view. */
  readonly left: readonly { readonly store: StoreId; readonly atMs: number }[];
}
