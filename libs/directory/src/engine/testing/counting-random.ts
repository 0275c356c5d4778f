import type { Random } from '@holdfast/kernel';

/** As predictable as a test could wish. */
export function countingRandom(): Random {
  let next = 0;
  return {
    bytes: (length) => Uint8Array.from({ length }, () => next++ % 256),
    fraction: () => 0.5,
  };
}
