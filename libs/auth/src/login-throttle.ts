import { HoldfastError } from '@holdfast/contracts';
import { Semaphore, sleep, type Clock } from '@holdfast/kernel';
import { addressGroup } from './address-group.ts';
import { FailureTable } from './failure-table.ts';
import { AUTH_LIMITS, FAILURE_RULES } from './limits.ts';

export interface Attempt {
  readonly user: string;
  readonly remoteAddress: string;
  readonly signal: AbortSignal;
}

/**
 * Makes guessing passwords slow without giving anybody the means to lock somebody else out:
 *
 * - Failures of a name from an address, and of any names from an address, refuse further attempts
 *   from that address for a doubling time.
 * - Failures of a name from anywhere, as of a guesser with many addresses, only delay attempts for
 *   that name, by seconds at most, and not from addresses where it has logged in before.
 *
 * Attempts from one address are checked one after the other, so that no burst gets ahead of its own
 * failures. Names that do not exist are treated as those that do.
 */
export class LoginThrottle {
  readonly #clock: Clock;
  readonly #byPair: FailureTable;
  readonly #byAddress: FailureTable;
  readonly #byName: FailureTable;
  /** Pairs of address and name that have logged in, in the order of the last time. */
  readonly #known: Set<string> = new Set();
  readonly #queues: Map<string, { readonly turn: Semaphore; attempts: number }> = new Map();

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#byPair = new FailureTable(clock, FAILURE_RULES.pair);
    this.#byAddress = new FailureTable(clock, FAILURE_RULES.address);
    this.#byName = new FailureTable(clock, FAILURE_RULES.name);
  }

  /**
   * Runs `check`, whose `undefined` means a wrong password, when it may run; rejects with
   * `throttled` if it may not. A `check` that rejects counts as no attempt.
   */
  async guard<T>(attempt: Attempt, check: () => Promise<T | undefined>): Promise<T | undefined> {
    const address = addressGroup(attempt.remoteAddress);
    const pair = `${address} ${attempt.user}`;
    return await this.#inTurn(address, async (turn) => {
      const delayMs = this.#known.has(pair) ? 0 : this.#byName.delayMs(attempt.user);
      if (delayMs > 0) await sleep(this.#clock, delayMs, attempt.signal);
      using _turn = await turn.acquire(1, attempt.signal);
      refuseFor(Math.max(this.#byPair.remainingMs(pair), this.#byAddress.remainingMs(address)));
      const result = await check();
      if (result === undefined) {
        this.#byPair.add(pair);
        this.#byAddress.add(address);
        this.#byName.add(attempt.user);
      } else {
        this.#byPair.clear(pair);
        this.#remember(pair);
      }
      return result;
    });
  }

  /** Keeps a queue per address as long as somebody is in it. */
  async #inTurn<T>(address: string, work: (turn: Semaphore) => Promise<T>): Promise<T> {
    const queue = this.#queues.get(address) ?? { turn: new Semaphore(1), attempts: 0 };
    if (queue.attempts > AUTH_LIMITS.waitingPerAddress) {
      throw new HoldfastError('throttled', 'Too many logins at once from this address: try later.');
    }
    this.#queues.set(address, queue);
    queue.attempts++;
    try {
      return await work(queue.turn);
    } finally {
      if (--queue.attempts === 0) this.#queues.delete(address);
    }
  }

  #remember(pair: string): void {
    this.#known.delete(pair);
    this.#known.add(pair);
    if (this.#known.size <= AUTH_LIMITS.rememberedFailures) return;
    for (const oldest of this.#known) {
      this.#known.delete(oldest);
      break;
    }
  }
}

function refuseFor(waitMs: number): void {
  if (waitMs <= 0) return;
  throw new HoldfastError(
    'throttled',
    `Too many failed logins: try again in ${Math.ceil(waitMs / 1000)} s.`,
    { details: { retryAfterMs: Math.ceil(waitMs) } },
  );
}
