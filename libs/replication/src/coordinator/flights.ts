import type { StoreId } from '@holdfast/contracts';
import type { StorePositions, Upload } from '@holdfast/directory';
import { type Deferred, deferred } from '@holdfast/kernel';

interface Flight {
  readonly positions: StorePositions;
  readonly over: Deferred<void>;
}

/**
 * Chunks that are sent to stores, or are there, before the directory knows of them: nothing that was
 * put after they began may be collected. They are to begin as they are sent, not earlier: positions
 * count anew on a store that lost its disk.
 */
export class Flights {
  readonly #open = new Set<Flight>();

  /** Dispose the result when the directory knows of the chunks, or they were not stored. */
  begin(positions: StorePositions): Disposable {
    const flight = { positions, over: deferred() };
    this.#open.add(flight);
    return {
      [Symbol.dispose]: () => {
        this.#open.delete(flight);
        flight.over.resolve();
      },
    };
  }

  /** Resolves when all that are open now are over. */
  async landed(): Promise<void> {
    await Promise.all([...this.#open].map(({ over }) => over.promise));
  }

  /**
   * The highest position of `store` up to which unreferenced chunks may be deleted: no write under
   * way and no open upload can have put or touched anything before it. No clock decides (§P5).
   */
  safePosition(store: StoreId, limit: number, uploads: readonly Upload[]): number {
    let safe = limit;
    for (const { positions } of this.#open) safe = Math.min(safe, positions[store] ?? 0);
    for (const { positions } of uploads) safe = Math.min(safe, positions[store] ?? 0);
    return safe;
  }
}
