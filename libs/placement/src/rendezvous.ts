import type { FileId } from '@holdfast/contracts';
import type { PlacementCandidate } from './placement.ts';

/** A full store, or one that has not reported yet, comes last but does not tie with its like. */
const LEAST_WEIGHT = 1;
const TWO_TO_32 = 2 ** 32;
const WORD_DIGITS = 8;

/**
 * Candidates in the order in which `file` prefers them, best first: weighted rendezvous hashing.
 *
 * Each store scores -w / ln(h), where w is its free space and h, uniform in (0, 1), comes from
 * mixing the ids of file and store. So each is first for a share of all files that is proportional to w, and
 * a store that joins or leaves changes only the places of its own: it moves nothing among others.
 *
 * Sources: D. Thaler, C. Ravishankar, "Using name-based mappings to increase hit rates" (1998);
 * the weights by J. Resch, "New hashing algorithms for data storage" (SDC 2015). The
 * mixing is the finalizer of A. Appleby's MurmurHash3: ids are random, so nothing stronger is needed.
 */
export function byScore<C extends PlacementCandidate>(file: FileId, candidates: readonly C[]): C[] {
  const mixed = mixId(0, file);
  return candidates
    .map((candidate) => ({ candidate, score: score(mixed, candidate) }))
    .sort((a, b) => b.score - a.score || (a.candidate.store < b.candidate.store ? -1 : 1))
    .map(({ candidate }) => candidate);
}

/** `mixed`: what the file's id gives. */
function score(mixed: number, { store, freeBytes }: PlacementCandidate): number {
  const weight = Math.max(freeBytes, LEAST_WEIGHT);
  const fraction = (mixId(mixed, store) + 0.5) / TWO_TO_32;
  return -weight / Math.log(fraction);
}

/** Mixes the 32-bit words of an id, in hexadecimal, into `state`, a number of 32 bits. */
function mixId(state: number, id: string): number {
  let mixed = state;
  for (let at = 0; at < id.length; at += WORD_DIGITS) {
    mixed = finalize(mixed ^ Number.parseInt(id.slice(at, at + WORD_DIGITS), 16));
  }
  return mixed;
}

function finalize(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
