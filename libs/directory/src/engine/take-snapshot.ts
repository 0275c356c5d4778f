import {
  HoldfastError,
  type MapEntry,
  type OrderedMap,
  type SnapshotStamp,
  type Snapshots,
} from '@holdfast/contracts';
import { type Clock, sleep } from '@holdfast/kernel';
import { ENGINE_LIMITS } from './limits.ts';
import { type MapKeeper, isMark } from './map-keeper.ts';
import { encodePiece } from './snapshot-piece.ts';

export interface SnapshotSource {
  readonly map: OrderedMap;
  readonly keeper: MapKeeper;
  readonly snapshots: Snapshots;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The end of all keys, whose first byte says what their first element is. */
const END = Uint8Array.of(0xff);

/**
 * Reads the whole map, piece by piece, while commits go on being put into it: see `SnapshotStamp`.
 * Rejects with `unavailable` if the map was begun anew meanwhile.
 */
export async function takeSnapshot(source: SnapshotSource): Promise<SnapshotStamp> {
  const { map, keeper, snapshots, clock, signal } = source;
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
  for (let from = new Uint8Array(); ;) {
    signal.throwIfAborted();
    const page = await map.range({ from, to: END, limit: ENGINE_LIMITS.snapshotScanEntries });
    for (const entry of page.filter(([key]) => !isMark(key))) {
      entries.push(entry);
      bytes += entry[0].length + entry[1].length;
      if (bytes >= ENGINE_LIMITS.snapshotPieceBytes) await write();
    }
    const last = page.at(-1)?.[0];
    if (!last) break;
    from = new Uint8Array([...last, 0]);
    await sleep(clock, ENGINE_LIMITS.snapshotRestMs, signal);
  }
  if (entries.length > 0) await write();
  if (keeper.timesBegun !== timesBegun) {
    throw new HoldfastError('unavailable', 'The map was begun anew while a snapshot was taken.');
  }
  const { tail: base, timeMs = 0 } = applied;
  const stamp = { base, upTo: keeper.number, timeMs, pieces };
  await snapshots.finish(stamp);
  return stamp;
}
