import type { Clock } from '@holdfast/kernel';
import { type LinkFilter, MemoryNetwork } from '@holdfast/rmi';
import type { SeededRandom } from '@holdfast/testkit';

/** Milliseconds that a message takes, but for a few that take longer. */
const USUAL_DELAY_MS = 1;
const LONG_DELAY_MS = 200;
const LONG_DELAY_CHANCE = 0.002;

export interface SimulatedNetworkOptions {
  readonly clock: Clock;
  readonly random: SeededRandom;
  /** Hears of every message and dial, in order. */
  readonly onMessage: (from: string, to: string) => void;
}

/** Connections in memory whose delays a seed decides. */
export class SimulatedNetwork extends MemoryNetwork {
  readonly #closed = new Set<LinkFilter>();

  constructor({ clock, random, onMessage }: SimulatedNetworkOptions) {
    super({
      clock,
      delayMs: (from, to) => {
        onMessage(from, to);
        const most = random.chance(LONG_DELAY_CHANCE) ? LONG_DELAY_MS : USUAL_DELAY_MS;
        return random.fraction() * most;
      },
    });
  }

  /** Nothing passes on these ways, and nobody is told, until the result is disposed. */
  close(ways: LinkFilter): Disposable {
    // Its own function, so that the same ways can be closed twice.
    const closed: LinkFilter = (from, to) => ways(from, to);
    this.#closed.add(closed);
    this.#apply();
    return {
      [Symbol.dispose]: () => {
        this.#closed.delete(closed);
        this.#apply();
      },
    };
  }

  #apply(): void {
    const closed = [...this.#closed];
    this.block((from, to) => closed.some((ways) => ways(from, to)));
  }
}
