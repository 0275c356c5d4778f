import { type Clock, type Random, randomHex } from '@holdfast/kernel';
import { REPLICATION_LIMITS } from '../limits.ts';

const NONCE_BYTES = 16;

interface Nonce {
  readonly text: string;
  readonly sinceMs: number;
}

/**
 * What tickets to a store are made with: a random nonce that the store reports to its frontend, and
 * replaces after a while. The one before is known for as long again, so a ticket is good for one to two
 * such whiles on this store's own clock, whatever other clocks say, and nothing is kept for it.
 */
export class TicketNonces {
  readonly #clock: Clock;
  readonly #random: Random;
  #current: Nonce;
  #before: Nonce | undefined;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.#current = this.#draw();
  }

  get current(): string {
    if (this.#ageMs(this.#current) >= REPLICATION_LIMITS.ticketNonceMs) {
      this.#before = this.#current;
      this.#current = this.#draw();
    }
    return this.#current.text;
  }

  isKnown(nonce: string): boolean {
    if (nonce === this.current) return true;
    if (nonce !== this.#before?.text) return false;
    return this.#ageMs(this.#before) < 2 * REPLICATION_LIMITS.ticketNonceMs;
  }

  #draw(): Nonce {
    const sinceMs = this.#clock.monotonicMs();
    return { text: randomHex(this.#random, NONCE_BYTES), sinceMs };
  }

  #ageMs({ sinceMs }: Nonce): number {
    return this.#clock.monotonicMs() - sinceMs;
  }
}
