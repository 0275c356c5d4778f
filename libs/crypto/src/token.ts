import { randomHex, toHex, utf8, type Random } from '@holdfast/kernel';
import { blake3Hasher } from './blake3-hasher.ts';

const TOKEN_BYTES = 32;

/** A secret that stands for a login: 256 random bits in hexadecimal. */
export function newToken(random: Random): string {
  return randomHex(random, TOKEN_BYTES);
}

/**
 * What is stored of a token: its BLAKE3 hash in hexadecimal. A token is random and long, so that a
 * fast hash without salt is enough: there is nothing to guess.
 */
export function hashToken(token: string): string {
  return toHex(blake3Hasher.hash([utf8(token)]));
}
