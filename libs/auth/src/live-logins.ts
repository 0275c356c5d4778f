import type { CallerSession } from '@holdfast/contracts';
import type { Clock, Timer } from '@holdfast/kernel';

/** Which RMI sessions run under which login now, so that ending a login ends them at once. */
export class LiveLogins {
  readonly #clock: Clock;
  /** The expiry of each session, by login. */
  readonly #sessions: Map<string, Map<CallerSession, Timer | undefined>> = new Map();
  readonly #loginsOf: WeakMap<CallerSession, Set<string>> = new WeakMap();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Puts a session under a login until it is over. Call it before the login is looked up, so that
   * an end of the login in between is not missed.
   */
  attach(session: CallerSession, login: string): void {
    if (session.ended.aborted) return;
    const sessions = this.#sessions.get(login) ?? new Map<CallerSession, Timer | undefined>();
    this.#sessions.set(login, sessions);
    if (!sessions.has(session)) sessions.set(session, undefined);
    this.#watch(session).add(login);
  }

  /** Ends the session after `remainingMs`, when its login expires. */
  expireAfter(session: CallerSession, login: string, remainingMs: number): void {
    const sessions = this.#sessions.get(login);
    if (!sessions?.has(session)) return;
    sessions.get(session)?.cancel();
    const expire = (): void => this.#end(session, login, 'The login has expired: log in again.');
    sessions.set(session, this.#clock.schedule(remainingMs, expire));
  }

  detach(session: CallerSession, login: string): void {
    const sessions = this.#sessions.get(login);
    sessions?.get(session)?.cancel();
    sessions?.delete(session);
    if (sessions?.size === 0) this.#sessions.delete(login);
    this.#loginsOf.get(session)?.delete(login);
  }

  /**
   * Ends all sessions under these logins. The session `caller`, which waits for an answer, is only
   * a stranger's from now on.
   */
  end(logins: readonly string[], reason: string, caller?: CallerSession): void {
    for (const login of logins) {
      for (const session of this.#sessions.get(login)?.keys() ?? []) {
        if (session === caller) this.#estrange(session, login);
        else this.#end(session, login, reason);
      }
    }
  }

  #end(session: CallerSession, login: string, reason: string): void {
    this.#estrange(session, login);
    session.end(reason);
  }

  #estrange(session: CallerSession, login: string): void {
    this.detach(session, login);
    session.principal = undefined;
  }

  #watch(session: CallerSession): Set<string> {
    const known = this.#loginsOf.get(session);
    if (known !== undefined) return known;
    const logins = new Set<string>();
    this.#loginsOf.set(session, logins);
    const forget = (): void => {
      for (const login of logins) this.detach(session, login);
    };
    session.ended.addEventListener('abort', forget, { once: true });
    return logins;
  }
}
