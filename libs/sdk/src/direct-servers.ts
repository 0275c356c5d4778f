import type { ChunkLink, DirectTicket } from '@holdfast/contracts';
import type { Clock } from '@holdfast/kernel';
import { DirectServer } from './direct-server.ts';
import { SDK_LIMITS } from './limits.ts';
import { Rest } from './rest.ts';

/** A server as tickets name it. */
export type ServerPlace = Pick<DirectTicket, 'server' | 'address'>;

export interface DirectServersOptions {
  readonly clock: Clock;
  /** Dials a server; it is the one that was meant, or there is no connection. */
  readonly dial: (place: ServerPlace) => ChunkLink;
  /** Whether what is read or put there may travel on that way. */
  readonly mayReach: (address: string) => boolean;
}

/** A server, and how it was named. */
export interface Choice<P extends ServerPlace> {
  readonly place: P;
  readonly server: DirectServer;
}

/**
 * Connections to file servers, made when they are first wanted. A server that cannot be reached, that
 * refuses or that moves nothing is left alone for a while, and longer each time.
 */
export class DirectServers {
  readonly #options: DirectServersOptions;
  readonly #servers = new Map<string, DirectServer>();
  readonly #rests = new Map<string, Rest>();
  #closed = false;

  constructor(options: DirectServersOptions) {
    this.#options = options;
  }

  /** The connection to a server, which may not be ready; undefined while it is left alone. */
  find(place: ServerPlace): DirectServer | undefined {
    const key = keyOf(place);
    const known = this.#servers.get(key);
    if (known) return known;
    const rest = this.#rests.get(key);
    if (this.#closed || rest?.isOver === false) return undefined;
    if (this.#servers.size >= SDK_LIMITS.directServers) return undefined;
    if (!this.#options.mayReach(place.address)) return undefined;
    return this.#open(place, key, rest === undefined);
  }

  /** A first connection is waited for a little. */
  async connected(places: readonly ServerPlace[]): Promise<void> {
    const found = this.#found(places);
    // A race of nobody would never end.
    if (found.length === 0 || found.some(({ server }) => server.ready)) return;
    await Promise.race(found.map(({ server }) => server.waited));
  }

  /** Of these the connected one with the least under way. */
  leastBusy<P extends ServerPlace>(places: readonly P[]): Choice<P> | undefined {
    const ready = this.#found(places).filter(({ server }) => server.ready);
    return ready.sort((a, b) => a.server.outstanding - b.server.outstanding)[0];
  }

  /** It moved a chunk, so that what was held against it is forgotten. */
  praise(place: ServerPlace): void {
    this.#rests.delete(keyOf(place));
  }

  /** It does not do what it should, and is left alone for a while. */
  blame(place: ServerPlace): void {
    this.#servers.get(keyOf(place))?.fail();
  }

  close(): void {
    this.#closed = true;
    for (const server of this.#servers.values()) server.close();
    this.#servers.clear();
  }

  #found<P extends ServerPlace>(places: readonly P[]): Choice<P>[] {
    return places.flatMap((place) => {
      const server = this.find(place);
      return server ? [{ place, server }] : [];
    });
  }

  /** Who was never found wanting is worth a moment's wait. */
  #open(place: ServerPlace, key: string, hopeful: boolean): DirectServer {
    const { clock, dial } = this.#options;
    const server: DirectServer = new DirectServer({
      name: place.server,
      clock,
      link: dial(place),
      patienceMs: hopeful ? SDK_LIMITS.directPatienceMs : 0,
      onFailed: () => {
        this.#servers.delete(key);
        this.#leaveAlone(key);
      },
      onIdle: () => this.#servers.delete(key),
    });
    this.#servers.set(key, server);
    return server;
  }

  #leaveAlone(key: string): void {
    const rest = this.#rests.get(key) ?? new Rest(this.#options.clock);
    rest.begin();
    // Those that began last are remembered longest.
    this.#rests.delete(key);
    this.#rests.set(key, rest);
    const [oldest] = this.#rests.keys();
    if (this.#rests.size > SDK_LIMITS.directServers && oldest !== undefined) {
      this.#rests.delete(oldest);
    }
  }
}

function keyOf({ server, address }: ServerPlace): string {
  return `${server} ${address}`;
}
