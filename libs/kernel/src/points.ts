/**
 * The instants at which tests kill processes, by the names that failures are reported under. Calls of
 * `reached` stand behind the label `POINT`, and the bundler leaves such statements out of everything
 * that a user gets, so that they cost nothing there.
 */
export const POINTS = [
  // A call, at the part that answers it
  'call.arrived',
  'call.answer-ready',
  // A change of the directory, on its way through the frontend
  'commit.placed',
  'commit.journaled',
  'commit.on-stores',
  'commit.visible',
  'commit.applied',
  // Who is waited for
  'start.epoch-taken',
  'view.caught-up',
  'view.agreed',
  'view.recorded',
  // A journal, the frontend's or a store's copy
  'journal.written',
  'journal.synced',
  'journal.segment-begun',
  // Records of a store's log, by their kinds
  'chunk.appended',
  'chunk.synced',
  'segment.begun',
  'segment.sealed',
  'compaction.begun',
  'compaction.copied',
  'compaction.switched',
  'compaction.removed',
  // Bytes through the frontend
  'put.chunk-on-stores',
  'put.chunks-noted',
  'get.opened',
  'get.chunk-read',
  // Bytes straight from a server, and to it
  'direct.asked',
  'direct.read',
  'direct.put',
  // Servers that return, and what they lack
  'catch-up.joined',
  'catch-up.bound',
  'catch-up.accepted',
  'catch-up.noted',
  'catch-up.settled',
  'repair.fetched',
  'repair.pulled',
  'repair.recorded',
  // What nobody refers to any more
  'collection.reaped',
  'collection.decided',
  'collection.deleted',
  'collection.forgotten',
] as const;

export type Point = (typeof POINTS)[number];

/**
 * Called at a point, while nothing else runs. `about` says what is at it: the name of a call, the
 * numbers of commits, the kinds of records. `value` is what is about to be told.
 */
export type PointWatcher = (
  point: Point,
  about: readonly (string | number)[],
  value?: unknown,
) => void;

let watcher: PointWatcher | undefined;

/** From now on `watch` is told of every point that this process reaches. */
export function watchPoints(watch: PointWatcher): void {
  watcher = watch;
}

/** To be called behind the label `POINT` only. */
export function reached(
  point: Point,
  about: readonly (string | number)[] = [],
  value?: unknown,
): void {
  watcher?.(point, about, value);
}
