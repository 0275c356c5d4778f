import type { Clock } from '@holdfast/kernel';
import { REPLICATION_LIMITS } from '../limits.ts';

/** How fast repair is now, for people. */
export class RepairRate {
  readonly #clock: Clock;
  #moved: { readonly atMs: number; readonly bytes: number; readonly chunks: number }[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  note(bytes: number, chunks: number): void {
    this.#forgetOld();
    this.#moved.push({ atMs: this.#clock.monotonicMs(), bytes, chunks });
  }

  get bytesPerSecond(): number {
    return this.#perSecond('bytes');
  }

  get chunksPerSecond(): number {
    return this.#perSecond('chunks');
  }

  #perSecond(what: 'bytes' | 'chunks'): number {
    this.#forgetOld();
    return (
      this.#moved.reduce((sum, moved) => sum + moved[what], 0) /
      (REPLICATION_LIMITS.rateWindowMs / 1000)
    );
  }

  #forgetOld(): void {
    const sinceMs = this.#clock.monotonicMs() - REPLICATION_LIMITS.rateWindowMs;
    this.#moved = this.#moved.filter((moved) => moved.atMs >= sinceMs);
  }
}
