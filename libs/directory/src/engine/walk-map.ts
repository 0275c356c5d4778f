import type { MapEntry, OrderedMap } from '@holdfast/contracts';
import { ENGINE_LIMITS } from './limits.ts';
import type { MapKeeper } from './map-keeper.ts';

/** The end of all keys, whose first byte says what their first element is. */
const END = Uint8Array.of(0xff);

/** What stands in the map between two keys. */
export interface MapPage {
  readonly from: Uint8Array;
  /** Of the next page; nothing of this one. */
  readonly to: Uint8Array;
  readonly entries: readonly MapEntry[];
  /** The commit up to which the map surely was when it was read; parts of later ones may be there. */
  readonly number: number;
}

/** Reads the whole map in the order of its keys, while commits go on being put into it. */
export async function* walkMap(map: OrderedMap, keeper: MapKeeper): AsyncGenerator<MapPage> {
  for (let from = new Uint8Array(); ;) {
    const { number } = keeper;
    const limit = ENGINE_LIMITS.snapshotScanEntries;
    const entries = await map.range({ from, to: END, limit });
    const last = entries.at(-1)?.[0];
    const to = last && entries.length === limit ? new Uint8Array([...last, 0]) : END;
    yield { from, to, entries, number };
    if (to === END) return;
    from = to;
  }
}
