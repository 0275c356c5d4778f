import { readFile } from 'node:fs/promises';
import { writePrivateFile } from './private-file.ts';

interface StoredToken {
  readonly token: string;
  readonly expiresMs: number;
}

/** Tokens of open logins, by user and cluster, in a file of their own. */
export class TokenCache {
  readonly #path: string;

  constructor(path: string) {
    this.#path = path;
  }

  async get(
    user: string,
    addresses: readonly string[],
    nowMs: number,
  ): Promise<string | undefined> {
    const stored = (await this.#read()).get(keyOf(user, addresses));
    return stored && stored.expiresMs > nowMs ? stored.token : undefined;
  }

  /** Keeps a token, or (undefined) forgets it. Ended ones go, too. */
  async set(
    user: string,
    addresses: readonly string[],
    token: StoredToken | undefined,
    nowMs: number,
  ): Promise<void> {
    const tokens = await this.#read();
    for (const [key, { expiresMs }] of tokens) if (expiresMs <= nowMs) tokens.delete(key);
    if (token) tokens.set(keyOf(user, addresses), token);
    else tokens.delete(keyOf(user, addresses));
    const text = JSON.stringify(Object.fromEntries(tokens), null, 2);
    await writePrivateFile(this.#path, `${text}\n`);
  }

  /** A damaged cache is an empty one: it costs one more login. */
  async #read(): Promise<Map<string, StoredToken>> {
    const tokens = new Map<string, StoredToken>();
    try {
      const parsed: unknown = JSON.parse(await readFile(this.#path, 'utf8'));
      if (typeof parsed !== 'object' || parsed === null) return tokens;
      for (const [key, value] of Object.entries(parsed)) if (isToken(value)) tokens.set(key, value);
    } catch {
      // Not there, or not ours.
    }
    return tokens;
  }
}

function keyOf(user: string, addresses: readonly string[]): string {
  return `${user} at ${[...addresses].sort().join(' ')}`;
}

function isToken(value: unknown): value is StoredToken {
  return (
    typeof value === 'object' &&
    value !== null &&
    'token' in value &&
    typeof value.token === 'string' &&
    'expiresMs' in value &&
    typeof value.expiresMs === 'number'
  );
}
