import {
  type ChunkId,
  type ChunkStore,
  DATA_LIMITS,
  HoldfastError,
  type Remote,
  type StoreContract,
  isHoldfastError,
} from '@holdfast/contracts';
import { type LentParts, partsLength, reached } from '@holdfast/kernel';
import { REPLICATION_LIMITS } from '../limits.ts';
import { cutParts } from './cut-parts.ts';
import type { DirectPulls } from './direct-pulls.ts';

/** A server as the frontend names it to others. */
export interface PeerServer {
  readonly name: string;
  readonly address: string;
}

/** How a store reaches the stores of other servers, over a connection that proved the cluster key. */
export interface StorePeers {
  /** Calls fail where another server than `name` answers at the address. */
  reach(server: PeerServer): Promise<Remote<StoreContract>>;
}

export interface ChunkToPull extends ChunkId {
  readonly length: number;
}

export interface PullRequest {
  readonly store: ChunkStore;
  readonly peers: StorePeers;
  /** For large chunks, where there are connections for them alone. */
  readonly direct?: DirectPulls | undefined;
  readonly from: PeerServer;
  readonly chunks: readonly ChunkToPull[];
  readonly signal: AbortSignal;
}

type Fetch = (chunks: readonly ChunkToPull[]) => Promise<readonly (LentParts | undefined)[]>;

/**
 * Fetches chunks directly from another store and keeps them; small ones many at a time, so that they
 * share calls and syncs. A chunk that the other does not have, or has damaged, gets position -1; the
 * rest goes on. Errors of this store itself end the pull.
 */
export async function pullChunks(
  request: PullRequest,
): Promise<{ positions: number[]; movedBytes: number }> {
  const fetch = fetchFrom(await request.peers.reach(request.from), request);
  const { store, chunks, signal } = request;
  const positions = new Map<ChunkToPull, number>();
  let movedBytes = 0;
  const keep = async (chunk: ChunkToPull, content: LentParts | undefined): Promise<void> => {
    if (!content) return;
    try {
      positions.set(chunk, await store.put(chunk, content));
    } catch (error) {
      if (isHoldfastError(error, 'damaged')) return;
      throw error;
    }
    movedBytes += partsLength(content);
    content[Symbol.dispose]?.();
  };
  const touch = async (chunk: ChunkToPull): Promise<void> => {
    const position = await store.touch(chunk);
    if (position !== undefined) positions.set(chunk, position);
  };
  const waiting = batches(chunks).values();
  const pullSome = async (): Promise<void> => {
    for (const batch of waiting) {
      signal.throwIfAborted();
      await Promise.all(batch.map(touch));
      const lacking = batch.filter((chunk) => !positions.has(chunk));
      if (lacking.length === 0) continue;
      const fetched = await fetch(lacking);
      POINT: reached('repair.fetched');
      await Promise.all(lacking.map((chunk, i) => keep(chunk, fetched[i])));
    }
  };
  await Promise.all(Array.from({ length: REPLICATION_LIMITS.pullParallel }, pullSome));
  return { positions: chunks.map((chunk) => positions.get(chunk) ?? -1), movedBytes };
}

/** Large chunks each by itself, small ones together as far as one call can bring them. */
function batches(chunks: readonly ChunkToPull[]): readonly (readonly ChunkToPull[])[] {
  const done: ChunkToPull[][] = [];
  let open: ChunkToPull[] = [];
  let bytes = 0;
  for (const chunk of chunks) {
    if (chunk.length > DATA_LIMITS.inlineFileBytes) {
      done.push([chunk]);
      continue;
    }
    if (bytes + chunk.length > DATA_LIMITS.storeBatchBytes) {
      done.push(open);
      open = [];
      bytes = 0;
    }
    open.push(chunk);
    bytes += chunk.length;
  }
  return open.length > 0 ? [...done, open] : done;
}

/** What the other store does not have, or has damaged, is undefined. */
function fetchFrom(peer: Remote<StoreContract>, { direct, from, signal }: PullRequest): Fetch {
  const options = { signal, timeoutMs: REPLICATION_LIMITS.pullStallMs };
  return async (chunks) => {
    const [only] = chunks;
    try {
      if (only && chunks.length === 1) {
        const isLarge = only.length > DATA_LIMITS.inlineFileBytes;
        const straight = isLarge && (await direct?.read({ from, peer, chunk: only, signal }));
        return [straight || (await peer.getLarge({ chunk: only }, options)).content];
      }
      const ids = chunks.map(({ file, hash }) => ({ file, hash }));
      const { lengths, content } = await peer.getMany({ chunks: ids }, options);
      return cutParts(content, lengths);
    } catch (error) {
      if (chunks.length === 1 && isHoldfastError(error, 'not-found', 'damaged')) return [];
      throw unreachable(from, error);
    }
  };
}

function unreachable(from: PullRequest['from'], cause: unknown): HoldfastError {
  return new HoldfastError(
    'unavailable',
    `Could not fetch chunks from ${from.name} at ${from.address}.`,
    { cause, details: { server: from.name } },
  );
}
