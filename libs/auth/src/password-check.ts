import type { PasswordHasher, TransactionRunner } from '@holdfast/contracts';
import { randomHex, type Random } from '@holdfast/kernel';
import { normalisePassword } from './account-rules.ts';
import { AUTH_LIMITS } from './limits.ts';
import { accounts, type AccountRow } from './tables.ts';

/** Checks passwords in a time that does not tell whether there is such an account. */
export class PasswordCheck {
  readonly #runner: TransactionRunner;
  readonly #passwords: PasswordHasher;
  readonly #random: Random;
  #nobodysHash: Promise<string> | undefined;

  constructor(runner: TransactionRunner, passwords: PasswordHasher, random: Random) {
    this.#runner = runner;
    this.#passwords = passwords;
    this.#random = random;
  }

  /** The account as it was when its password was found right; undefined if anything is wrong. */
  async check(user: string, password: string): Promise<AccountRow | undefined> {
    // Before the account is looked up, so that the first check takes equally long for all, too.
    const nobodys = await this.#hashOfNobody();
    const account = await this.#runner.query((tx) => tx.get(accounts, user));
    const matches = await this.#passwords.verify(
      account?.encoded ?? nobodys,
      normalisePassword(password),
    );
    return matches ? account : undefined;
  }

  async #hashOfNobody(): Promise<string> {
    this.#nobodysHash ??= this.#passwords.hash(randomHex(this.#random, AUTH_LIMITS.tokenBytes));
    try {
      return await this.#nobodysHash;
    } catch (error) {
      this.#nobodysHash = undefined;
      throw error;
    }
  }
}
