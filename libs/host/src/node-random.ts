import { randomBytes } from 'node:crypto';
import type { Random } from '@holdfast/kernel';

/** The operating system's randomness. */
export const nodeRandom: Random = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  fraction: () => Math.random(),
};
