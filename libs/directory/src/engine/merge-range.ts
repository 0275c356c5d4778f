import type { Awaitable, MapEntry, MapRange } from '@holdfast/contracts';
import { keyText } from './keys.ts';
import type { KeyWrite } from './key-write.ts';

/**
 * A range of what `below` has, with `writes` on top, all of which lie inside the range, by
 * `keyText`. As many more entries are asked of `below` as writes could hide, so that the limit is
 * met exactly.
 */
export function mergeRange(
  writes: ReadonlyMap<string, KeyWrite>,
  range: MapRange,
  below: (range: MapRange) => Awaitable<MapEntry[]>,
): Awaitable<MapEntry[]> {
  if (writes.size === 0) return below(range);
  const entries = below({ ...range, limit: range.limit + writes.size });
  return entries instanceof Promise
    ? entries.then((found) => merge(writes, range, found))
    : merge(writes, range, entries);
}

function merge(
  writes: ReadonlyMap<string, KeyWrite>,
  range: MapRange,
  entries: readonly MapEntry[],
): MapEntry[] {
  const merged: { text: string; entry: MapEntry }[] = [];
  for (const entry of entries) {
    const text = keyText(entry[0]);
    if (!writes.has(text)) merged.push({ text, entry });
  }
  for (const [text, { key, value }] of writes) {
    if (value) merged.push({ text, entry: [key, value] });
  }
  const direction = range.reverse ? -1 : 1;
  merged.sort((a, b) => (a.text < b.text ? -direction : a.text > b.text ? direction : 0));
  return merged.slice(0, range.limit).map(({ entry }) => entry);
}
