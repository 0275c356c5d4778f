import {
  isHoldfastError,
  type CallOptions,
  type ChunkPath,
  type ChunkToGet,
  type ChunkToPut,
  type DirectTicket,
  type GotChunk,
  type PutChunkResult,
} from '@holdfast/contracts';
import { partsLength, type LentParts } from '@holdfast/kernel';
import type { DirectPuts } from './direct-puts.ts';
import type { Choice, DirectServers } from './direct-servers.ts';
import { SDK_LIMITS } from './limits.ts';
import { throwIfCancelled } from './patience.ts';
import type { TicketBook } from './ticket-book.ts';

/** What came of reading with tickets. */
export interface DirectRead {
  /** Undefined if no server gave it. */
  readonly got: GotChunk | undefined;
  /** Servers that said that they do not have it, or not well. */
  readonly suspects: readonly string[];
}

export interface DirectChunkPathParts {
  /** Takes over whatever cannot go straight. */
  readonly relay: ChunkPath;
  readonly tickets: TicketBook;
  readonly puts: DirectPuts;
  readonly servers: DirectServers;
}

/**
 * Reads chunks straight from the servers that have them, each from the one that has the least to do here,
 * and puts them straight on those that are to have them.
 * Whatever does not work that way goes through the frontend, which always works if anything does.
 */
export class DirectChunkPath implements ChunkPath {
  readonly #parts: DirectChunkPathParts;

  constructor(parts: DirectChunkPathParts) {
    this.#parts = parts;
  }

  async put(chunk: ChunkToPut, options: CallOptions = {}): Promise<PutChunkResult> {
    const { relay, puts } = this.#parts;
    const isWorthIt = partsLength(chunk.content) >= SDK_LIMITS.directFromBytes;
    const put = isWorthIt ? await puts.put(chunk, options) : undefined;
    return put ?? (await relay.put(chunk, options));
  }

  async get(chunk: ChunkToGet, options: CallOptions = {}): Promise<GotChunk> {
    const { relay, tickets } = this.#parts;
    const { length, exclude, suspects: known = [] } = chunk;
    const isWorthIt = length >= SDK_LIMITS.directFromBytes && exclude.length + known.length === 0;
    if (!isWorthIt) return await relay.get(chunk, options);
    const { got, suspects } = await this.read(chunk, await tickets.take(chunk, options), options);
    return got ?? (await relay.get({ ...chunk, suspects }, options));
  }

  /** Asks the servers that `tickets` are for, one after the other, and nobody else. */
  async read(
    chunk: Pick<ChunkToGet, 'file' | 'hash'>,
    tickets: readonly DirectTicket[],
    options: CallOptions,
  ): Promise<DirectRead> {
    const { servers } = this.#parts;
    const suspects: string[] = [];
    let left = tickets;
    for (;;) {
      throwIfCancelled(options.signal);
      await servers.connected(left);
      // From here to the request nothing is awaited, or all would choose the same.
      const choice = servers.leastBusy(left);
      if (!choice) return { got: undefined, suspects };
      const { place: ticket, server } = choice;
      left = left.filter((other) => other !== ticket);
      const content = await this.#read(chunk, choice, options).catch((error: unknown) => {
        if (isHoldfastError(error, 'damaged', 'not-found')) suspects.push(ticket.server);
        else if (!options.signal?.aborted) servers.blame(ticket);
      });
      if (content) return { got: { content, server: server.name, verified: false }, suspects };
    }
  }

  async #read(
    { file, hash }: Pick<ChunkToGet, 'file' | 'hash'>,
    { server, place }: Choice<DirectTicket>,
    options: CallOptions,
  ): Promise<LentParts> {
    const content = await server.read({ file, hash, ticket: place.ticket }, options.signal);
    this.#parts.servers.praise(place);
    return content;
  }
}
