import { EMPTY_TAIL, isHoldfastError } from '@holdfast/contracts';
import type { EnginePorts } from './engine.ts';
import type { MapKeeper } from './map-keeper.ts';

/**
 * Brings the map to where the journal is. A journal that lacks what the map needs is set aside, and
 * begun empty: the stores have what it had.
 */
export async function restoreOrSetAside(keeper: MapKeeper, ports: EnginePorts): Promise<void> {
  try {
    await keeper.restore(ports.journal);
  } catch (error) {
    if (!isHoldfastError(error, 'damaged') || ports.mode === 'alone') throw error;
    ports.onDamage?.(error);
    await ports.journal.reset(EMPTY_TAIL, { damaged: true });
    await keeper.restore(ports.journal);
  }
}
