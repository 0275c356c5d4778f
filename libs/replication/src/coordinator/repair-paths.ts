import type { Clock } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { Member } from './member.ts';

/**
 * Between which servers repair failed a while ago: two that the frontend reaches may not reach each
 * other, and then another source is to be asked.
 */
export class RepairPaths {
  readonly #clock: Clock;
  readonly #failedMs = new Map<string, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  failed(target: Member, source: Member): void {
    this.#forgetOld();
    this.#failedMs.set(pathKey(target, source), this.#clock.monotonicMs());
  }

  /** When it failed last, to ask first whom it did not, or longest ago; 0 if that is forgotten. */
  failedMs(target: Member, source: Member): number {
    this.#forgetOld();
    return this.#failedMs.get(pathKey(target, source)) ?? 0;
  }

  #forgetOld(): void {
    const sinceMs = this.#clock.monotonicMs() - LIMITS.repairAvoidMs;
    for (const [path, atMs] of this.#failedMs) if (atMs < sinceMs) this.#failedMs.delete(path);
  }
}

function pathKey(target: Member, source: Member): string {
  return `${target.store} ${source.store}`;
}
