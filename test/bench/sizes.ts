const KIB = 1024;
const MIB = 1024 * KIB;
export const GIB: number = 1024 * MIB;

/** How much each row moves. */
export interface Sizes {
  readonly largeBytes: number;
  /** The file of the row `memory`, when it is asked for by name. */
  readonly memoryBytes: number;
  readonly smallBytes: number;
  /** Small files that are written or read one after the other. */
  readonly smallAlone: number;
  /** The same before any is measured: so many calls it takes until all that they run is compiled. */
  readonly warmAlone: number;
  /** Small files that are written or read many at once. */
  readonly smallAtOnce: number;
  /** Files of middle size: too large for a packet, too small for a transfer of their own. */
  readonly midBytes: number;
  readonly mids: number;
  /** Small files that are written while servers are away, beside a large one. */
  readonly missed: number;
  readonly stats: number;
  /** Files that are renamed, and then deleted. */
  readonly changes: number;
  /** How many clients work at once, one after the other. */
  readonly clients: readonly number[];
  readonly idleClients: number;
  /** How many servers there are, one cluster after the other. */
  readonly servers: readonly number[];
  /** How many files there are, one after the other, in the row `growth`; the last if it is named. */
  readonly growth: readonly number[];
  readonly growthNamed: number;
  /** Entries of the folder that is listed. */
  readonly entries: number;
  /** How long the cluster rests before what it keeps is measured: it notices that, and collects. */
  readonly restMs: number;
}

export const FULL_SIZES: Sizes = {
  largeBytes: GIB,
  memoryBytes: 4 * GIB,
  smallBytes: KIB,
  smallAlone: 500,
  warmAlone: 2_000,
  smallAtOnce: 8_000,
  midBytes: 64 * KIB,
  mids: 3_000,
  missed: 10_000,
  stats: 16_000,
  changes: 4_000,
  clients: [1, 4, 16, 64, 256],
  idleClients: 1_000,
  servers: [3, 5, 9],
  growth: [1_000, 10_000, 100_000],
  growthNamed: 1_000_000,
  entries: 100_000,
  restMs: 60_000,
};

/** Just enough that a large file has several chunks, and that the last one is not whole. */
export const TINY_SIZES: Sizes = {
  largeBytes: 13 * MIB,
  memoryBytes: 13 * MIB,
  smallBytes: KIB,
  smallAlone: 5,
  warmAlone: 5,
  smallAtOnce: 130,
  midBytes: 64 * KIB,
  mids: 32,
  missed: 130,
  stats: 64,
  changes: 32,
  clients: [1, 2],
  idleClients: 2,
  servers: [3, 4],
  growth: [10, 20],
  growthNamed: 30,
  entries: 130,
  restMs: 0,
};

/** So many small calls are under way in the rows that say "at once". */
export const AT_ONCE = { small: 64, mid: 16, stat: 16, large: 4 } as const;
