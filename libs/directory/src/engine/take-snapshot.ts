import {
  HoldfastError,
  type MapEntry,
  type OrderedMap,
  type SnapshotStamp,
  type Snapshots,
} from '@holdfast/contracts';
import { type Clock, sleep } from '@holdfast/kernel';
import { ENGINE_LIMITS } from './limits.ts';
import { type MapComparison, mapDamage } from './map-comparison.ts';
import { type MapKeeper, isMark } from './map-keeper.ts';
import { encodePiece } from './snapshot-piece.ts';
import { walkMap } from './walk-map.ts';

export interface SnapshotSource {
  readonly map: OrderedMap;
  readonly keeper: MapKeeper;
  readonly snapshots: Snapshots;
  /** With what was known before: a damaged map must not become what everything begins from (§P11). */
  readonly comparison: MapComparison;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/**
 * Reads the whole map, piece by piece, while commits go on being put into it: see `SnapshotStamp`.
 * Rejects with `unavailable` if the map was begun anew meanwhile, and with `damaged` if it is not what
 * the snapshot before and the journal say.
 */
export async function takeSnapshot(source: SnapshotSource): Promise<SnapshotStamp> {
  const { map, keeper, snapshots, comparison, clock, signal } = source;
  const { applied, timesBegun } = keeper;
  await snapshots.begin(applied.tail);
  let pieces = 0;
  let entries: MapEntry[] = [];
  let bytes = 0;
  const write = async (): Promise<void> => {
    await snapshots.add(pieces++, encodePiece(entries));
    entries = [];
    bytes = 0;
  };
  for await (const page of walkMap(map, keeper)) {
    signal.throwIfAborted();
    for (const entry of page.entries.filter(([key]) => !isMark(key))) {
      entries.push(entry);
      bytes += entry[0].length + entry[1].length;
      if (bytes >= ENGINE_LIMITS.snapshotPieceBytes) await write();
    }
    const wrong = await comparison.check(page);
    if (keeper.timesBegun !== timesBegun) throw begunAnew();
    if (wrong !== undefined) throw mapDamage(wrong);
    await sleep(clock, ENGINE_LIMITS.snapshotRestMs, signal);
  }
  if (entries.length > 0) await write();
  const { tail: base, timeMs = 0 } = applied;
  const stamp = { base, upTo: keeper.number, timeMs, pieces };
  await snapshots.finish(stamp);
  return stamp;
}

function begunAnew(): HoldfastError {
  return new HoldfastError('unavailable', 'The map was begun anew while a snapshot was taken.');
}
