/**
 * Epochs in one lineage. A rebuild that gives up changes begins a new one, far beyond every epoch
 * that a store which was not there may have seen: so what returns later is told by its epoch alone.
 */
export const LINEAGE_EPOCHS: number = 2 ** 20;

/** In which line of rebuilt directories an epoch lies; the first one is 0. */
export function lineageOf(epoch: number): number {
  return Math.floor(epoch / LINEAGE_EPOCHS);
}

/** The first epoch of the lineage after the one that `epoch` lies in. */
export function nextLineage(epoch: number): number {
  return (lineageOf(epoch) + 1) * LINEAGE_EPOCHS;
}
