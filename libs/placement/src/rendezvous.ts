import type { FileId, Hasher } from '@holdfast/contracts';
import { fromHex } from '@holdfast/kernel';
import type { PlacementCandidate } from './placement.ts';

/** A full store, or one that has not reported yet, comes last but does not tie with its like. */
const LEAST_WEIGHT = 1;
const TWO_TO_32 = 2 ** 32;
const TWO_TO_20 = 2 ** 20;

/**
 * Candidates in the order in which `file` prefers them, best first: weighted rendezvous hashing.
 *
 * Each store scores -w / ln(h), where w is its free space and h, uniform in (0, 1), comes from the
 * hash of file and store. So each is first for a share of all files that is proportional to w, and
 * a store that joins or leaves changes only the places of its own: it moves nothing among others.
 *
 * Sources: D. Thaler, C. Ravishankar, "Using name-based mappings to increase hit rates" (1998);
 * the weights by J. Resch, "New hashing algorithms for data storage" (SDC 2015).
 */
export function byScore<C extends PlacementCandidate>(
  hasher: Hasher,
  file: FileId,
  candidates: readonly C[],
): C[] {
  const fileBytes = fromHex(file);
  return candidates
    .map((candidate) => ({ candidate, score: score(hasher, fileBytes, candidate) }))
    .sort((a, b) => b.score - a.score || (a.candidate.store < b.candidate.store ? -1 : 1))
    .map(({ candidate }) => candidate);
}

function score(hasher: Hasher, file: Uint8Array, { store, freeBytes }: PlacementCandidate): number {
  const weight = Math.max(freeBytes, LEAST_WEIGHT);
  return -weight / Math.log(fraction(hasher.hash([file, fromHex(store)])));
}

/** The first 52 bits of a hash as a number between 0 and 1, and never either. */
function fraction(hash: Uint8Array): number {
  const view = new DataView(hash.buffer, hash.byteOffset);
  const high = view.getUint32(0);
  const low = view.getUint32(4) >>> 12;
  return (high * TWO_TO_20 + low + 0.5) / (TWO_TO_32 * TWO_TO_20);
}
