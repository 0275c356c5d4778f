import type { StoreId } from '@holdfast/contracts';
import type {
  ChunkFetch,
  ChunkSupply,
  Placement,
  PlacementCandidate,
  PlacementRequest,
} from './placement.ts';
import { byScore } from './rendezvous.ts';

/**
 * Whole copies: every chunk of a file on every store of its list.
 *
 * - All copies over the roster: every store that is not retiring, live or not.
 * - Fewer than that: live stores before others, so that a write reaches its copies while enough are
 *   live; among equals by rendezvous hashing weighted with free space.
 * - One copy: the least filled store that is live.
 */
export function mirrorPlacement(): Placement {
  return {
    choose,
    storesOf: (_index, stores) => stores,
    fetches,
  };
}

function choose(request: PlacementRequest): readonly StoreId[] {
  const { file, copies, kept = [] } = request;
  const eligible = request.candidates.filter(({ retiring }) => !retiring);
  const wanted = copies === 'all' ? eligible.length : Math.min(copies, eligible.length);
  const staying = kept.filter((store) => eligible.some((other) => other.store === store));
  const others = eligible.filter(({ store }) => !staying.includes(store));
  const ordered = byScore(file, others).sort(liveFirst);
  // The sort is stable, so that equally filled stores stay in the order of their scores.
  if (wanted === 1) ordered.sort((a, b) => liveFirst(a, b) || freeShare(b) - freeShare(a));
  return [...staying, ...ordered.map(({ store }) => store)].slice(
    0,
    Math.max(wanted, staying.length),
  );
}

function liveFirst(a: PlacementCandidate, b: PlacementCandidate): number {
  return Number(b.live) - Number(a.live);
}

function freeShare({ freeBytes, totalBytes }: PlacementCandidate): number {
  return totalBytes > 0 ? freeBytes / totalBytes : 0;
}

function fetches(range: readonly ChunkSupply[]): readonly ChunkFetch[] | undefined {
  if (range.some(({ holders }) => holders.length === 0)) return undefined;
  return range.map(({ index, holders }) => ({ index, from: holders }));
}
