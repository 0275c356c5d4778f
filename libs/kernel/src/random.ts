import { toHex } from './bytes.ts';

/** The only source of randomness below the apps, so that a seed can decide everything. */
export interface Random {
  /** `length` unpredictable bytes, fit for keys and tokens on the real implementation. */
  bytes(length: number): Uint8Array;
  /** A number in [0, 1), for jitter and choices that need no secrecy. */
  fraction(): number;
}

/** A random identifier: `bytes` random bytes in lower-case hexadecimal. */
export function randomHex(random: Random, bytes: number): string {
  return toHex(random.bytes(bytes));
}
