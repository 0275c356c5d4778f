import type { ReadTransaction } from '@holdfast/contracts';
import { AUTH_LIMITS } from './limits.ts';
import type { GoodLogin } from './logins.ts';
import { accounts } from './tables.ts';

interface VolatileLogin {
  readonly user: string;
  readonly expiresMs: number;
}

/**
 * Logins opened while the directory takes no changes, so that people can log in to see why and to
 * read. They are in memory only, and so end with the process, or soon.
 */
export class VolatileLogins {
  /** Oldest first. */
  readonly #logins: Map<string, VolatileLogin> = new Map();

  /** Opens a login; returns the oldest ones if there are too many, which are ended. */
  open(login: string, user: string, nowMs: number): readonly string[] {
    this.#logins.set(login, { user, expiresMs: nowMs + AUTH_LIMITS.volatileLifetimeMs });
    const excess = Math.max(0, this.#logins.size - AUTH_LIMITS.volatileLogins);
    return this.#remove([...this.#logins.keys()].slice(0, excess));
  }

  async find(tx: ReadTransaction, login: string): Promise<GoodLogin | undefined> {
    const found = this.#logins.get(login);
    if (found === undefined || found.expiresMs <= tx.nowMs) return undefined;
    const account = await tx.get(accounts, found.user);
    if (account === undefined) return undefined;
    return { ...found, admin: account.admin, remainingMs: found.expiresMs - tx.nowMs };
  }

  /** False if there is no such login here. */
  end(login: string): boolean {
    return this.#logins.delete(login);
  }

  /** Ends logins of a user but for the one named; returns which. */
  endOf(user: string, keepLogin?: string): readonly string[] {
    const ending = [...this.#logins].filter(
      ([login, other]) => other.user === user && login !== keepLogin,
    );
    return this.#remove(ending.map(([login]) => login));
  }

  #remove(logins: readonly string[]): readonly string[] {
    for (const login of logins) this.#logins.delete(login);
    return logins;
  }
}
