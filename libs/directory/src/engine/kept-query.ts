import type { QueriedAhead } from '@holdfast/contracts';
import type { Clock, Timer } from '@holdfast/kernel';
import { ENGINE_LIMITS } from './limits.ts';
import type { TrackedReads } from './tracked-reads.ts';

export interface KeptQueryOptions<T> {
  readonly value: T;
  /** What it was read from; disposed when the value is given out or given up. */
  readonly reads: TrackedReads;
  readonly clock: Clock;
  /** Throws where nothing may be read. */
  readonly checkRead: () => void;
  readonly onOver: () => void;
}

/** The value of a query that was run ahead of time, until it is taken or its time is up. */
export class KeptQuery<T> implements QueriedAhead<T> {
  #kept: KeptQueryOptions<T> | undefined;
  readonly #timer: Timer;

  constructor(options: KeptQueryOptions<T>) {
    this.#kept = options;
    this.#timer = options.clock.schedule(ENGINE_LIMITS.queryAheadMs, () => this.#giveUp());
  }

  take(): { readonly value: T } | undefined {
    const kept = this.#kept;
    if (!kept) return undefined;
    try {
      kept.checkRead();
      return kept.reads.changed() ? undefined : { value: kept.value };
    } finally {
      this.#timer.cancel();
      this.#giveUp();
    }
  }

  #giveUp(): void {
    this.#kept?.reads[Symbol.dispose]();
    this.#kept?.onOver();
    this.#kept = undefined;
  }
}
