import type { ChunkLink } from '@holdfast/contracts';
import { type Clock, ProgressWatch, Semaphore } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { PeerServer } from './pull-chunks.ts';

export interface PeerChunkLinksOptions {
  readonly clock: Clock;
  /** Undefined where such a connection cannot be made to that address. */
  readonly dial: (server: PeerServer) => ChunkLink | undefined;
}

/** A connection to another server, which all chunks share that go there. */
export interface PeerLink {
  readonly link: ChunkLink;
  /** Of chunks that are passed on over it. */
  readonly turns: Semaphore;
  readonly progress: ProgressWatch;
}

/**
 * Connections to other servers for large chunks, made when they are first wanted. A server that one
 * cannot be made to, or that brings nothing over it, is left alone for a while.
 */
export class PeerChunkLinks implements Disposable {
  readonly #options: PeerChunkLinksOptions;
  /** Used longest ago first. */
  readonly #links = new Map<string, PeerLink>();
  /** Until when a server is left alone. */
  readonly #rests = new Map<string, number>();

  constructor(options: PeerChunkLinksOptions) {
    this.#options = options;
  }

  /** The connection to a server, which may not be ready; undefined where there is none now. */
  find(server: PeerServer): PeerLink | undefined {
    const key = keyOf(server);
    const nowMs = this.#options.clock.monotonicMs();
    for (const [rested, untilMs] of this.#rests) if (untilMs <= nowMs) this.#rests.delete(rested);
    if (this.#rests.has(key)) return undefined;
    const known = this.#links.get(key);
    this.#links.delete(key);
    const peer = known && !known.link.ended.aborted ? known : this.#dial(server);
    if (peer) this.#links.set(key, peer);
    this.#forgetOldest();
    return peer;
  }

  /** It does not do what it should, and is left alone for a while. */
  giveUp(server: PeerServer, peer: PeerLink): void {
    const key = keyOf(server);
    peer.link.close();
    if (this.#links.get(key) === peer) this.#links.delete(key);
    this.#rests.set(key, this.#options.clock.monotonicMs() + LIMITS.pullRestMs);
  }

  [Symbol.dispose](): void {
    for (const { link } of this.#links.values()) link.close();
    this.#links.clear();
  }

  #dial(server: PeerServer): PeerLink | undefined {
    const { clock, dial } = this.#options;
    const link = dial(server);
    link?.ready.catch(() => {});
    const turns = new Semaphore(LIMITS.passesPerLink);
    return link && { link, turns, progress: new ProgressWatch(clock) };
  }

  #forgetOldest(): void {
    const [oldest] = this.#links;
    if (!oldest || this.#links.size <= LIMITS.pullLinks) return;
    this.#links.delete(oldest[0]);
    oldest[1].link.close();
  }
}

function keyOf({ name, address }: PeerServer): string {
  return `${name} ${address}`;
}
