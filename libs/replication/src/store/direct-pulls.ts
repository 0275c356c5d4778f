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
import type { PeerChunkLinks } from './peer-chunk-links.ts';
import type { PeerServer } from './pull-chunks.ts';

export interface DirectPullsOptions {
  readonly store: Pick<ChunkStore, 'directory' | 'epoch'>;
  readonly tickets: Pick<ChunkTickets, 'prove'>;
  readonly clock: Clock;
  readonly links: PeerChunkLinks;
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

/**
 * Reads large chunks of other stores as clients do (ADR 18): over a connection for nothing else, with
 * tickets that this server makes itself, since it knows the cluster key. What comes is not verified.
 */
export class DirectPulls {
  readonly #options: DirectPullsOptions;
  readonly #openings = new WeakMap<ChunkLink, Promise<Opening | undefined>>();

  constructor(options: DirectPullsOptions) {
    this.#options = options;
  }

  /**
   * Undefined where the chunk cannot be had in this way, and may be had by a call. Rejects with
   * `not-found` or `damaged` if the other store says so.
   */
  async read({ from, peer, chunk, signal }: DirectPull): Promise<LentParts | undefined> {
    const { clock, links } = this.#options;
    const found = links.find(from);
    if (!found) return undefined;
    const { link } = found;
    try {
      using stalled = deadline(clock, LIMITS.pullStallMs, () => stalledError(from));
      const limits = AbortSignal.any([signal, stalled.signal]);
      await link.ready;
      const opening = await this.#opening(link, peer, limits);
      if (!opening) return undefined;
      const { file, hash } = chunk;
      const ticket = { nonce: opening.nonce, proof: this.#prove(opening, chunk) };
      return await link.read({ file, hash, ticket }, limits);
    } catch (error) {
      if (signal.aborted || isHoldfastError(error, 'not-found', 'damaged')) throw error;
      // A nonce is replaced, and an epoch begins: with the next one it goes well again.
      if (isHoldfastError(error, 'unauthenticated', 'overloaded')) this.#openings.delete(link);
      else links.giveUp(from, found);
      return undefined;
    }
  }

  async #opening(
    link: ChunkLink,
    peer: Remote<StoreContract>,
    signal: AbortSignal,
  ): Promise<Opening | undefined> {
    const { clock } = this.#options;
    const known = await this.#openings.get(link);
    if (known && clock.monotonicMs() - known.sinceMs < LIMITS.pullNonceMs) return known;
    const sinceMs = clock.monotonicMs();
    const asked = peer.report({}, { signal }).then(({ stand, report }) => {
      const { ticketNonce: nonce } = report;
      return nonce === undefined ? undefined : { store: stand.store, nonce, sinceMs };
    });
    this.#openings.set(link, asked);
    return await asked.catch((error: unknown) => {
      if (this.#openings.get(link) === asked) this.#openings.delete(link);
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
