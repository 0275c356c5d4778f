import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { Member } from './member.ts';

/**
 * For how long servers have kept writers waiting that others did not, as a bucket that leaks: a server
 * whose every answer comes just in time for the verdict on stalls would else hold up everybody for
 * ever. Measured against the others, so that a disk or a network that all share drops nobody.
 */
export class Slowness {
  readonly #laggedMs = new Map<Member, number>();

  /** Looks at the live servers after `elapsedMs`; returns those that have lagged for too long. */
  look(live: readonly Member[], elapsedMs: number): readonly Member[] {
    for (const member of this.#laggedMs.keys()) {
      if (!live.includes(member)) this.#laggedMs.delete(member);
    }
    return live.filter((member) => {
      const changeMs = lags(member, live) ? elapsedMs : -elapsedMs * LIMITS.lagForgiven;
      const laggedMs = Math.max(0, (this.#laggedMs.get(member) ?? 0) + changeMs);
      this.#laggedMs.set(member, laggedMs);
      return laggedMs >= LIMITS.lagMs;
    });
  }
}

/** It keeps a writer waiting for long, and for much longer than another server would. */
function lags(member: Member, live: readonly Member[]): boolean {
  const paceMs = member.paceMs();
  if (!member.isWriting || paceMs < LIMITS.slowMs) return false;
  return live.some((other) => other !== member && LIMITS.slowTimes * other.paceMs() <= paceMs);
}
