import {
  isHoldfastError,
  type CallOptions,
  type ChunkPath,
  type ChunkToGet,
  type DirectTicket,
  type GotChunk,
} from '@holdfast/contracts';
import type { LentParts } from '@holdfast/kernel';
import type { DirectServer } from './direct-server.ts';
import type { DirectServers } from './direct-servers.ts';
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
  readonly servers: DirectServers;
}

/**
 * Reads chunks straight from the servers that have them, each from the one that has the least to do here.
 * Whatever does not work that way goes through the frontend, which always works if anything does.
 */
export class DirectChunkPath implements ChunkPath {
  readonly #parts: DirectChunkPathParts;
  readonly put: ChunkPath['put'];

  constructor(parts: DirectChunkPathParts) {
    this.#parts = parts;
    this.put = (chunk, options) => parts.relay.put(chunk, options);
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
    const suspects: string[] = [];
    let left = tickets;
    for (;;) {
      throwIfCancelled(options.signal);
      await this.#connected(left);
      // From here to the request nothing is awaited, or all would choose the same.
      const choice = this.#leastBusy(left);
      if (!choice) return { got: undefined, suspects };
      const { ticket, server } = choice;
      left = left.filter((other) => other !== ticket);
      const content = await this.#read(chunk, choice, options).catch((error: unknown) => {
        if (isHoldfastError(error, 'damaged', 'not-found')) suspects.push(ticket.server);
        else if (!options.signal?.aborted) this.#parts.servers.blame(ticket);
      });
      if (content) return { got: { content, server: server.name, verified: false }, suspects };
    }
  }

  async #read(
    { file, hash }: Pick<ChunkToGet, 'file' | 'hash'>,
    { server, ticket }: Choice,
    options: CallOptions,
  ): Promise<LentParts> {
    const content = await server.read({ file, hash, ticket: ticket.ticket }, options.signal);
    this.#parts.servers.praise(ticket);
    return content;
  }

  /** A first connection is waited for a little. */
  async #connected(tickets: readonly DirectTicket[]): Promise<void> {
    const found = this.#found(tickets);
    // A race of nobody would never end.
    if (found.length === 0 || found.some(({ server }) => server.ready)) return;
    await Promise.race(found.map(({ server }) => server.waited));
  }

  /** The connected server with the fewest reads under way. */
  #leastBusy(tickets: readonly DirectTicket[]): Choice | undefined {
    const ready = this.#found(tickets).filter(({ server }) => server.ready);
    return ready.sort((a, b) => a.server.outstanding - b.server.outstanding)[0];
  }

  #found(tickets: readonly DirectTicket[]): Choice[] {
    return tickets.flatMap((ticket) => {
      const server = this.#parts.servers.find(ticket);
      return server ? [{ ticket, server }] : [];
    });
  }
}

interface Choice {
  readonly ticket: DirectTicket;
  readonly server: DirectServer;
}
