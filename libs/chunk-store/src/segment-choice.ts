import { CHUNK_STORE_LIMITS } from './limits.ts';
import type { Segment } from './segment-set.ts';

export interface ChoiceLimits {
  readonly deadFraction: number;
  /** Dead bytes that an idle store keeps besides a share of the live ones. */
  readonly idleDeadBytes: number;
}

/**
 * The segment to compact next, if any. Under load only one of which so much is dead that little must
 * be copied for what comes back; in an idle store the worst ones, the active one included, until the
 * dead bytes of all together are few.
 */
export function chooseSegment(
  segments: readonly Segment[],
  idle: boolean,
  limits: ChoiceLimits,
): Segment | undefined {
  const worst = mostDead(segments.filter(({ sealed }) => sealed !== undefined));
  if (worst !== undefined && deadFraction(worst) >= limits.deadFraction) return worst;
  if (!idle || !isWasteful(segments, limits)) return undefined;
  // Compaction itself leaves some bytes unused. Those must not make it begin again.
  const { leastGainBytes } = CHUNK_STORE_LIMITS;
  return mostDead(segments.filter(({ deadBytes }) => deadBytes >= leastGainBytes));
}

export function deadFraction({ deadBytes, bytes }: Segment): number {
  return deadBytes / bytes;
}

function isWasteful(segments: readonly Segment[], { idleDeadBytes }: ChoiceLimits): boolean {
  let dead = 0;
  let live = 0;
  for (const { deadBytes, liveBytes } of segments) {
    dead += deadBytes;
    live += liveBytes;
  }
  return dead > CHUNK_STORE_LIMITS.idleDeadShare * live + idleDeadBytes;
}

function mostDead(segments: readonly Segment[]): Segment | undefined {
  let worst: Segment | undefined;
  for (const segment of segments) {
    if (worst === undefined || deadFraction(segment) > deadFraction(worst)) worst = segment;
  }
  return worst;
}
