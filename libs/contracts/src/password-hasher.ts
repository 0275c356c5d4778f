/** argon2id, away from the threads that sync files. Both reject with `throttled` when too many wait. */
export interface PasswordHasher {
  /** The encoded hash, with its salt and parameters. */
  hash(password: string): Promise<string>;
  verify(encoded: string, password: string): Promise<boolean>;
}
