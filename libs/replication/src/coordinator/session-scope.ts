import { type CallContext, HoldfastError } from '@holdfast/contracts';

export interface SessionScopeOptions<T> {
  /** What one session may have at a time. */
  readonly perSession: number;
  /** What the things are called in a refusal, such as "files open for reading". */
  readonly noun: string;
  /** Called when a thing is dropped, or its session ends. */
  readonly release: (value: T) => void;
}

/** Things by key that belong to a session each, and go with it (§P10). */
export class SessionScope<T> {
  readonly #options: SessionScopeOptions<T>;
  readonly #values = new Map<string, { readonly session: string; readonly value: T }>();
  readonly #keys = new Map<string, Set<string>>();

  constructor(options: SessionScopeOptions<T>) {
    this.#options = options;
  }

  /** Throws `limit-exceeded` if the session has too many already, `cancelled` if it is over. */
  add(key: string, value: T, { session }: Pick<CallContext, 'session'>): void {
    // Its end would never be heard of, and the thing kept for ever.
    if (session.ended.aborted) throw new HoldfastError('cancelled', 'The session is over.');
    this.requireRoom({ session });
    this.drop(key);
    this.#keysOf(session).add(key);
    this.#values.set(key, { session: session.id, value });
  }

  /** Throws `limit-exceeded` if the session has too many already. */
  requireRoom({ session }: Pick<CallContext, 'session'>): void {
    const { perSession, noun } = this.#options;
    const count = this.#keys.get(session.id)?.size ?? 0;
    if (count < perSession) return;
    throw new HoldfastError(
      'limit-exceeded',
      `This session has ${count} ${noun}; finish some first.`,
    );
  }

  /** The session's own thing of that key. */
  find(key: string, { session }: Pick<CallContext, 'session'>): T | undefined {
    const found = this.#values.get(key);
    return found?.session === session.id ? found.value : undefined;
  }

  drop(key: string): void {
    const found = this.#values.get(key);
    if (!found) return;
    this.#values.delete(key);
    this.#keys.get(found.session)?.delete(key);
    this.#options.release(found.value);
  }

  #keysOf(session: CallContext['session']): Set<string> {
    const known = this.#keys.get(session.id);
    if (known) return known;
    const keys = new Set<string>();
    this.#keys.set(session.id, keys);
    const dropAll = (): void => {
      for (const key of [...keys]) this.drop(key);
      this.#keys.delete(session.id);
    };
    session.ended.addEventListener('abort', dropAll, { once: true });
    return keys;
  }
}
