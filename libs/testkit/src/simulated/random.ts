import type { Random } from '@holdfast/kernel';

/** Randomness that a seed decides, for simulations and for tests that must be replayable. */
export interface SeededRandom extends Random {
  /** A whole number from 0 to `below` - 1. */
  integer(below: number): number;
  /** True with the given probability. */
  chance(probability: number): boolean;
  /** One element of a list that is not empty. */
  pick<T>(from: readonly T[]): T;
  /** Another stream that depends on this one's seed and `label` only, not on what was drawn. */
  fork(label: string): SeededRandom;
}

/** sfc32 by Chris Doty-Humphrey: small, fast, and good enough for choosing faults. */
export function seededRandom(seed: number | string): SeededRandom {
  const next = sfc32(String(seed));
  const fraction = (): number => next() / 2 ** 32;
  const integer = (below: number): number => Math.floor(fraction() * below);
  return {
    fraction,
    integer,
    chance: (probability) => fraction() < probability,
    pick: <T>(from: readonly T[]): T => {
      if (from.length === 0) throw new RangeError('There is nothing to pick from');
      return from[integer(from.length)] as T;
    },
    bytes: (length) => Uint8Array.from({ length }, () => next() >>> 24),
    fork: (label) => seededRandom(`${seed}/${label}`),
  };
}

function sfc32(seed: string): () => number {
  let a = mix(seed, 0x9e3779b9);
  let b = mix(seed, 0x243f6a88);
  let c = mix(seed, 0xb7e15162);
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter++) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return sum >>> 0;
  };
  for (let i = 0; i < 16; i++) next();
  return next;
}

/** FNV-1a with a start of its own for each state word. */
function mix(text: string, start: number): number {
  let hash = start;
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
    hash ^= hash >>> 15;
  }
  return hash;
}
