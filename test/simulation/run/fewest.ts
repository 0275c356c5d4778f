/**
 * A small part of a list, in order, of which something is still true: delta debugging by Zeller and
 * Hildebrandt, which leaves out ever smaller pieces. `holds` is known to be true of the whole list.
 */
export async function fewest<T>(
  all: readonly T[],
  holds: (part: readonly T[]) => Promise<boolean>,
): Promise<readonly T[]> {
  if (all.length === 0 || (await holds([]))) return [];
  let kept = all;
  for (let size = Math.ceil(all.length / 2); size >= 1; size = size > 1 ? Math.ceil(size / 2) : 0) {
    for (let from = 0; from < kept.length;) {
      const fewer = [...kept.slice(0, from), ...kept.slice(from + size)];
      if (fewer.length > 0 && (await holds(fewer))) kept = fewer;
      else from += size;
    }
  }
  return kept;
}
