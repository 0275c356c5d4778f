/**
 * argon2id as OWASP's Password Storage Cheat Sheet recommends it first: 19 MiB (19,456 KiB), two passes, one
 * lane. A stored hash names its own parameters, so changing these leaves old passwords valid.
 */
export const ARGON2_PARAMETERS = {
  memoryCost: 19_456,
  timeCost: 2,
  parallelism: 1,
} as const;
