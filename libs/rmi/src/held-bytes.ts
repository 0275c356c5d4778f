import { HoldfastError, type CallerSession } from '@holdfast/contracts';

/**
 * The bytes that all connections of a daemon hold in memory together: parameters of unanswered calls,
 * and what waits to be sent (§P10). An owner may hold as much as it leaves free: one alone gets a half,
 * two get a third each, and so on, so that there is always room for somebody else (the dynamic
 * thresholds of Choudhury and Hahne, 1998).
 */
export class HeldBytes {
  readonly #limitBytes: number;
  readonly #byOwner = new Map<string, number>();
  #total = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  get total(): number {
    return this.#total;
  }

  /** Books bytes for an owner; false, and nothing booked, if it would hold more than it leaves. */
  take(owner: string, bytes: number): boolean {
    const own = (this.#byOwner.get(owner) ?? 0) + bytes;
    const total = this.#total + bytes;
    if (own > this.#limitBytes - total) return false;
    this.#set(owner, own, total);
    return true;
  }

  /** Gives back what was taken. */
  give(owner: string, bytes: number): void {
    this.#set(owner, (this.#byOwner.get(owner) ?? 0) - bytes, this.#total - bytes);
  }

  #set(owner: string, own: number, total: number): void {
    if (own > 0) this.#byOwner.set(owner, own);
    else this.#byOwner.delete(owner);
    this.#total = total;
  }
}

/** Who answers for what a session holds: its user or part in all its sessions, or else its address. */
export function ownerOf({
  principal,
  remoteAddress,
}: Pick<CallerSession, 'principal' | 'remoteAddress'>): string {
  if (!principal) return `address:${remoteAddress}`;
  return principal.kind === 'user' ? `user:${principal.user}` : `part:${principal.name}`;
}

/** What a call is refused with that would hold too much. */
export function overloaded(bytes: number): HoldfastError {
  return new HoldfastError(
    'overloaded',
    `There is no room for ${bytes} bytes more beside what waits for you here already. Try again in a moment, with less at once.`,
  );
}
