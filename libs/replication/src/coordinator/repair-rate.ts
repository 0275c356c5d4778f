import type { Clock } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';

/** Copies that were made, or are to be made. */
export interface CopyWork {
  readonly copies: number;
  readonly bytes: number;
}

/** How fast repair is now, for people. */
export class RepairRate {
  readonly #clock: Clock;
  #sinceMs: number | undefined;
  #moved: (CopyWork & { readonly atMs: number })[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Repair begins to move something, after it had nothing to do for a while or not. */
  begin(): void {
    this.#forgetOld();
    if (this.#moved.length === 0) this.#sinceMs = this.#clock.monotonicMs();
  }

  note(work: CopyWork): void {
    this.#forgetOld();
    this.#moved.push({ ...work, atMs: this.#clock.monotonicMs() });
  }

  get bytesPerSecond(): number {
    return this.#perSecond(({ bytes }) => bytes);
  }

  /**
   * How long `left` takes at the present speed; undefined while nothing moves. Many small chunks take
   * long though they are few bytes, and few large ones though they are few: both count.
   */
  secondsFor(left: CopyWork): number | undefined {
    const perSecond = this.#perSecond(weight);
    return perSecond > 0 ? Math.ceil(weight(left) / perSecond) : undefined;
  }

  /** Since repair began, so that its first seconds do not count as slow. */
  #perSecond(measure: (moved: CopyWork) => number): number {
    this.#forgetOld();
    const sum = this.#moved.reduce((total, moved) => total + measure(moved), 0);
    const nowMs = this.#clock.monotonicMs();
    const ms = Math.min(nowMs - (this.#sinceMs ?? -Infinity), LIMITS.rateWindowMs);
    return sum / (Math.max(ms, LIMITS.rateLeastMs) / 1000);
  }

  #forgetOld(): void {
    const sinceMs = this.#clock.monotonicMs() - LIMITS.rateWindowMs;
    this.#moved = this.#moved.filter((moved) => moved.atMs >= sinceMs);
  }
}

function weight({ copies, bytes }: CopyWork): number {
  return bytes + copies * LIMITS.copyCostsBytes;
}
