import type { ChunkLink } from '@holdfast/contracts';
import type { Clock } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { PeerServer } from './pull-chunks.ts';

export interface PeerChunkLinksOptions {
  readonly clock: Clock;
  /** Undefined where such a connection cannot be made to that address. */
  readonly dial: (server: PeerServer) => ChunkLink | undefined;
}

/**
 * Connections to other servers for large chunks, made when they are first wanted. A server that one
 * cannot be made to, or that brings nothing over it, is left alone for a while.
 */
export class PeerChunkLinks implements Disposable {
  readonly #options: PeerChunkLinksOptions;
  /** Used longest ago first. */
  readonly #links = new Map<string, ChunkLink>();
  /** Until when a server is left alone. */
  readonly #rests = new Map<string, number>();

  constructor(options: PeerChunkLinksOptions) {
    this.#options = options;
  }

  /** The connection to a server, which may not be ready; undefined where there is none now. */
  find(server: PeerServer): ChunkLink | undefined {
    const key = keyOf(server);
    const nowMs = this.#options.clock.monotonicMs();
    for (const [rested, untilMs] of this.#rests) if (untilMs <= nowMs) this.#rests.delete(rested);
    if (this.#rests.has(key)) return undefined;
    const known = this.#links.get(key);
    this.#links.delete(key);
    const link = known && !known.ended.aborted ? known : this.#dial(server);
    if (link) this.#links.set(key, link);
    this.#forgetOldest();
    return link;
  }

  /** It does not do what it should, and is left alone for a while. */
  giveUp(server: PeerServer, link: ChunkLink): void {
    const key = keyOf(server);
    link.close();
    if (this.#links.get(key) === link) this.#links.delete(key);
    this.#rests.set(key, this.#options.clock.monotonicMs() + LIMITS.pullRestMs);
  }

  [Symbol.dispose](): void {
    for (const link of this.#links.values()) link.close();
    this.#links.clear();
  }

  #dial(server: PeerServer): ChunkLink | undefined {
    const link = this.#options.dial(server);
    link?.ready.catch(() => {});
    return link;
  }

  #forgetOldest(): void {
    const [oldest] = this.#links;
    if (!oldest || this.#links.size <= LIMITS.pullLinks) return;
    this.#links.delete(oldest[0]);
    oldest[1].close();
  }
}

function keyOf({ name, address }: PeerServer): string {
  return `${name} ${address}`;
}
