import type { Holder } from '../directory.ts';

/** `known` with `added` on top: for one store the newer generation counts, then what was added. */
export function mergeHolders(known: readonly Holder[], added: readonly Holder[]): Holder[] {
  const merged = [...known];
  for (const holder of added) {
    const at = merged.findIndex((other) => other.store === holder.store);
    const old = merged[at];
    if (!old) merged.push(holder);
    else if (holder.generation >= old.generation) {
      merged[at] = holder;
    }
  }
  return merged;
}

/**
 * What is still believed of the holders of a chunk that was garbage: some may have deleted it
 * already, so all are in doubt.
 */
export function doubted(holders: readonly Holder[]): Holder[] {
  return holders.map((holder) => ({ ...holder, confirmed: false }));
}
