import { timingSafeEqual } from 'node:crypto';

/**
 * Whether two secrets are equal, in a time that tells nothing about where they differ. That their
 * lengths differ may be seen.
 */
export function equalInConstantTime(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && timingSafeEqual(a, b);
}
