/** Limits of this library (§P10). */
export const CRYPTO_LIMITS = {
  /** Passwords that wait for the one that is being hashed; further ones get `throttled`. */
  waitingPasswords: 64,
  /** Processes that are started for one password before it is given up. */
  passwordProcessStarts: 2,
  /** A process that has not answered after this is ended: a hash takes well under 100 ms. */
  passwordTimeoutMs: 30_000,
  /** @tuning A process that hashed nothing for so long is ended, since it takes memory. */
  passwordIdleMs: 60_000,
  /** @tuning BLAKE3 hashes whole powers of two at once; parts of other lengths take twice the time. */
  hashStepBytes: 131_072,
} as const;
