import {
  type ChunkId,
  type ChunkLink,
  type ChunkStore,
  type ChunkTickets,
  HoldfastError,
  type Remote,
  type StoreContract,
  type StoreId,
  isHoldfastError,
} from '@holdfast/contracts';
import { assert, type Clock, deadline, type LentParts } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import type { PeerServer } from './pull-chunks.ts';

export interface DirectPullsOptions {
  readonly store: Pick<ChunkStore, 'directory' | 'epoch'>;
  readonly tickets: Pick<ChunkTickets, 'prove'>;
  readonly clock: Clock;
  /** Undefined where such a connection cannot be made to that address. */
  readonly dial: (server: PeerServer) => ChunkLink | undefined;
}

export interface DirectPull {
  readonly from: PeerServer;
  /** Who answers there, and has proved the cluster key. */
  readonly peer: Remote<StoreContract>;
  readonly chunk: ChunkId;
  readonly signal: AbortSignal;
}

/** What tickets to another store are made with. */
interface Opening {
  readonly store: StoreId;
  readonly nonce: string;
  readonly sinceMs: number;
}

/** One other server, while there is a connection to it. */
interface Source {
  readonly link: ChunkLink;
  opening: Promise<Opening | undefined> | undefined;
}

/**
 * Reads large chunks of other stores as clients do (ADR 18): over a connection for nothing else, with
 * tickets that this server makes itself, since it knows the cluster key. What comes is not verified.
 */
export class DirectPulls implements Disposable {
  readonly #options: DirectPullsOptions;
  /** Used longest ago first. */
  readonly #sources = new Map<string, Source>();
  /** Until when a server is called instead. */
  readonly #rests = new Map<string, number>();

  constructor(options: DirectPullsOptions) {
    this.#options = options;
  }

  /**
   * Undefined where the chunk cannot be had in this way, and may be had by a call. Rejects with
   * `not-found` or `damaged` if the other store says so.
   */
  async read({ from, peer, chunk, signal }: DirectPull): Promise<LentParts | undefined> {
    const key = `${from.name} ${from.address}`;
    const source = this.#source(key, from);
    if (!source) return undefined;
    try {
      const { clock } = this.#options;
      using stalled = deadline(clock, LIMITS.pullStallMs, () => stalledError(from));
      const limits = AbortSignal.any([signal, stalled.signal]);
      await source.link.ready;
      const opening = await this.#opening(source, peer, limits);
      if (!opening) return undefined;
      const { file, hash } = chunk;
      const ticket = { nonce: opening.nonce, proof: this.#prove(opening, chunk) };
      return await source.link.read({ file, hash, ticket }, limits);
    } catch (error) {
      if (signal.aborted || isHoldfastError(error, 'not-found', 'damaged')) throw error;
      // A nonce is replaced, and an epoch begins: with the next one it goes well again.
      if (isHoldfastError(error, 'unauthenticated', 'overloaded')) source.opening = undefined;
      else this.#giveUp(key, source);
      return undefined;
    }
  }

  [Symbol.dispose](): void {
    for (const { link } of this.#sources.values()) link.close();
    this.#sources.clear();
  }

  #source(key: string, from: PeerServer): Source | undefined {
    const nowMs = this.#options.clock.monotonicMs();
    for (const [rested, untilMs] of this.#rests) if (untilMs <= nowMs) this.#rests.delete(rested);
    if (this.#rests.has(key)) return undefined;
    const known = this.#sources.get(key);
    this.#sources.delete(key);
    const source = known && !known.link.ended.aborted ? known : this.#dial(from);
    if (source) this.#sources.set(key, source);
    this.#forgetOldest();
    return source;
  }

  #dial(from: PeerServer): Source | undefined {
    const link = this.#options.dial(from);
    link?.ready.catch(() => {});
    return link && { link, opening: undefined };
  }

  #forgetOldest(): void {
    const [oldest] = this.#sources;
    if (!oldest || this.#sources.size <= LIMITS.pullLinks) return;
    this.#sources.delete(oldest[0]);
    oldest[1].link.close();
  }

  #giveUp(key: string, source: Source): void {
    source.link.close();
    if (this.#sources.get(key) === source) this.#sources.delete(key);
    this.#rests.set(key, this.#options.clock.monotonicMs() + LIMITS.pullRestMs);
  }

  async #opening(
    source: Source,
    peer: Remote<StoreContract>,
    signal: AbortSignal,
  ): Promise<Opening | undefined> {
    const { clock } = this.#options;
    const known = await source.opening;
    if (known && clock.monotonicMs() - known.sinceMs < LIMITS.pullNonceMs) return known;
    const sinceMs = clock.monotonicMs();
    const asked = peer.report({}, { signal }).then(({ stand, report }) => {
      const { ticketNonce: nonce } = report;
      return nonce === undefined ? undefined : { store: stand.store, nonce, sinceMs };
    });
    source.opening = asked;
    return await asked.catch((error: unknown) => {
      if (source.opening === asked) source.opening = undefined;
      throw error;
    });
  }

  #prove({ store, nonce }: Opening, { file, hash }: ChunkId): string {
    const { store: own, tickets } = this.#options;
    const { directory, epoch } = own;
    assert(directory !== undefined, 'only a store that belongs to a directory pulls');
    return tickets.prove({ directory, epoch, store, nonce, file, hash });
  }
}

function stalledError({ name, address }: PeerServer): HoldfastError {
  return new HoldfastError('unavailable', `${name} at ${address} sends no chunks.`);
}
