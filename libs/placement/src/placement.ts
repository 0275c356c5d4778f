import type { FileId, StoreId } from '@holdfast/contracts';

/** A store that could take a new file. */
export interface PlacementCandidate {
  readonly store: StoreId;
  readonly freeBytes: number;
  readonly totalBytes: number;
  /** Takes writes now. */
  readonly live: boolean;
  /** Is to be emptied; never chosen. */
  readonly retiring: boolean;
}

export interface PlacementRequest {
  readonly file: FileId;
  readonly copies: number | 'all';
  /** All enrolled stores, live or not: wanted copies count over these (§P6). */
  readonly candidates: readonly PlacementCandidate[];
  /**
   * The stores that the file has already, where there were too few or one is retiring: they stay as
   * far as they can, in their order, and only what is missing is chosen.
   */
  readonly kept?: readonly StoreId[];
}

/** A chunk that is to be read, with the stores that have it and answer now, the best one first. */
export interface ChunkSupply {
  readonly index: number;
  readonly holders: readonly StoreId[];
}

/** A piece to fetch. The stores of `from` are alternatives: one of them is enough. */
export interface ChunkFetch {
  readonly index: number;
  readonly from: readonly StoreId[];
}

/**
 * The rule that says which stores hold which chunk of a file. It decides where bytes go and how few
 * fetches bring them back; it moves nothing itself. It keeps nothing either: the same question gets
 * the same answer.
 */
export interface Placement {
  /** The ordered store list that the file keeps for life; fewer than asked where there are fewer. */
  choose(request: PlacementRequest): readonly StoreId[];
  /** The stores that hold chunk number `index` of a file with this store list. */
  storesOf(index: number, stores: readonly StoreId[]): readonly StoreId[];
  /**
   * The fewest fetches that rebuild all chunks of `range`, in the order of the range; undefined if
   * the stores that answer do not suffice. A rule with parity may name chunks outside the range.
   */
  fetches(range: readonly ChunkSupply[]): readonly ChunkFetch[] | undefined;
}
