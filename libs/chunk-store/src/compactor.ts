import { type Clock, sleep } from '@holdfast/kernel';
import { IdleWatch } from './idle-watch.ts';
import { CHUNK_STORE_LIMITS } from './limits.ts';
import { isNoSpace } from './refusals.ts';
import { type ChoiceLimits, chooseSegment, deadFraction } from './segment-choice.ts';
import { SegmentEmptier, type SegmentEmptierParts } from './segment-emptier.ts';

export interface CompactorParts extends SegmentEmptierParts {
  readonly clock: Clock;
  readonly limits: ChoiceLimits & {
    readonly compactionBytesPerSecond: number;
    readonly compactionDelayMs: number;
  };
  /** How often the store was used. */
  readonly uses: () => number;
  /** Goes on in a new segment, unless something is being written. */
  readonly beginSegment: () => Promise<void>;
  /** Called now and then while the store is idle. */
  readonly whileIdle: () => void;
  readonly notice: (text: string) => void;
}

/**
 * Gives space back, one segment at a time, each to its end even across restarts: a delete may be
 * forgotten once the segment of the bytes it removed is gone, and that must hold for every copy of
 * these bytes. While the store is used only what is cheap is done; while it is idle, the rest.
 */
export class Compactor {
  readonly #parts: CompactorParts;
  readonly #stop: AbortController = new AbortController();
  readonly #emptier: SegmentEmptier;
  readonly #watch: IdleWatch;
  readonly #running: Promise<void>;
  #lacksSpace = false;

  /** Begins to look for work, in the background. */
  constructor(parts: CompactorParts) {
    this.#parts = parts;
    this.#emptier = new SegmentEmptier(parts, this.#stop.signal);
    this.#watch = new IdleWatch(parts.clock, parts.uses, CHUNK_STORE_LIMITS.idleAfterMs);
    this.#running = this.#run().catch((error: unknown) => {
      if (!this.#stop.signal.aborted) parts.notice(`Compaction has stopped: ${String(error)}`);
    });
  }

  async stop(): Promise<void> {
    this.#stop.abort(new Error('The chunk store is closing'));
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, limits } = this.#parts;
    for (;;) {
      const number = this.#next();
      if (number !== undefined && (await this.#compact(number))) continue;
      if (this.#watch.idle) this.#parts.whileIdle();
      await sleep(clock, limits.compactionDelayMs, this.#stop.signal);
    }
  }

  #next(): number | undefined {
    const { segments, limits } = this.#parts;
    const { idle } = this.#watch;
    return segments.emptying ?? chooseSegment(segments.all(), idle, limits)?.number;
  }

  /** False if it could not be done now. */
  async #compact(number: number): Promise<boolean> {
    const { segments, beginSegment, notice } = this.#parts;
    try {
      // The active segment must be sealed first; then it is chosen again.
      if (number === segments.active.number) await beginSegment();
      else await this.#empty(number);
      this.#lacksSpace = false;
      return number !== segments.active.number;
    } catch (error) {
      if (!isNoSpace(error)) throw error;
      if (!this.#lacksSpace) notice('Compaction waits for space on the disk.');
      this.#lacksSpace = true;
      return false;
    }
  }

  async #empty(number: number): Promise<void> {
    const { segments, limits, clock } = this.#parts;
    const { signal } = this.#stop;
    const segment = segments.from(number);
    const forIdleness = segment !== undefined && deadFraction(segment) < limits.deadFraction;
    await this.#emptier.empty(number, async (bytes) => {
      const ms = (bytes / limits.compactionBytesPerSecond) * 1000;
      if (ms >= 1) await sleep(clock, ms, signal);
      const { idle } = this.#watch;
      if (forIdleness && !idle) await sleep(clock, CHUNK_STORE_LIMITS.compactionGiveWayMs, signal);
    });
  }
}
