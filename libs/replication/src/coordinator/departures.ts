import { HoldfastError, type RefusedServer, type StoreId } from '@holdfast/contracts';
import type { DepartedStore } from '@holdfast/directory';
import type { Clock } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { Members } from './members.ts';

/** As YYYY-MM-DD. */
const DAY = new Intl.DateTimeFormat('sv-SE', { timeZone: 'UTC' });

interface Refused {
  readonly server: RefusedServer;
  readonly lastMs: number;
}

/** Servers that come with a store that has left: they are told so, and so is whoever looks. */
export class Departures {
  readonly #members: Members;
  readonly #clock: Clock;
  /** At most one for each store that the directory remembers. */
  readonly #refused = new Map<StoreId, Refused>();

  constructor(members: Members, clock: Clock) {
    this.#members = members;
    this.#clock = clock;
  }

  /** Those that were refused just now, and so are trying again. */
  get present(): readonly RefusedServer[] {
    const since = this.#clock.monotonicMs() - LIMITS.refusedShownMs;
    for (const [store, { lastMs }] of this.#refused) {
      if (lastMs < since) this.#refused.delete(store);
    }
    return [...this.#refused.values()].map(({ server }) => server);
  }

  /** The error for a server of this name that comes with that store. */
  refuse(name: string, { store, name: former, how, leftMs }: DepartedStore): HoldfastError {
    const day = DAY.format(leftMs);
    const whose = former === name ? name : `${name}, which was that of ${former},`;
    const reason =
      `The data folder of ${whose} was ${how} on ${day}: what is in it counts no more. ` +
      `To use the server again, stop it, empty that folder, and start it: it then joins as a new one.`;
    if (!this.#refused.has(store)) this.#members.emit('directory', reason, name);
    this.#refused.set(store, { server: { name, reason }, lastMs: this.#clock.monotonicMs() });
    return new HoldfastError('foreign-store', reason, { details: { server: name, how, leftMs } });
  }
}
