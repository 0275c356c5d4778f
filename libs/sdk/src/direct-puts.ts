import {
  isHoldfastError,
  type CallOptions,
  type ChunkToPut,
  type FilesContract,
  type PutChunkResult,
  type PutReceipt,
  type PutTicket,
  type Remote,
  type TicketPut,
} from '@holdfast/contracts';
import { type ByteParts, type Clock, partsLength } from '@holdfast/kernel';
import type { DirectServers, ServerPlace } from './direct-servers.ts';
import { Rest } from './rest.ts';

export interface DirectPutsParts {
  readonly files: Pick<Remote<FilesContract>, 'putTickets' | 'notePut'>;
  readonly servers: DirectServers;
  readonly clock: Clock;
}

/**
 * Puts chunks straight on the servers that are to have them: on one, which passes them on to the next.
 * The frontend gives out the tickets, and sees the receipts.
 */
export class DirectPuts {
  readonly #parts: DirectPutsParts;
  /** Begun with each put that did not go well: over a slow network none does, and each costs its time. */
  readonly #rest: Rest;
  /** The frontend is of an older version. */
  #none = false;

  constructor(parts: DirectPutsParts) {
    this.#parts = parts;
    this.#rest = new Rest(parts.clock);
  }

  /** Undefined where not all took the chunk: then it is to be relayed, which finds out why. */
  async put(chunk: ChunkToPut, options: CallOptions): Promise<PutChunkResult | undefined> {
    if (this.#none || !this.#rest.isOver) return undefined;
    const { upload, offset, hash, content } = chunk;
    const length = partsLength(content);
    try {
      const { files } = this.#parts;
      const wanted = { upload, offset, length, hash };
      const { file, tickets } = await files.putTickets(wanted, options);
      const receipts = await this.#send({ file, hash, length }, tickets, content, options);
      return receipts && (await files.notePut({ upload, offset, receipts }, options));
    } catch (error) {
      if (isHoldfastError(error, 'method-not-found')) this.#none = true;
      return undefined;
    }
  }

  async #send(
    chunk: Omit<TicketPut, 'tickets'>,
    tickets: readonly PutTicket[],
    content: ByteParts,
    { signal }: CallOptions,
  ): Promise<PutReceipt[] | undefined> {
    const { servers } = this.#parts;
    // Where one of them is left alone, all of it would end at the frontend in any case.
    if (tickets.length === 0 || !tickets.every((ticket) => servers.find(ticket))) return undefined;
    await servers.connected(tickets);
    // From here to the request nothing is awaited, or all would choose the same.
    const first = servers.leastBusy(tickets);
    if (!first) return undefined;
    // In one order behind the first, so that no server waits for another in a circle.
    const others = tickets.filter((ticket) => ticket !== first.place);
    const chain = [first.place, ...others.toSorted((a, b) => (a.server < b.server ? -1 : 1))];
    try {
      const put = { ...chunk, tickets: chain };
      const { receipts, refused } = await first.server.put(put, content, signal);
      const lacking = chain.find(({ server }) => !receipts.some((one) => one.server === server));
      if (lacking) {
        if (refused.length === 0) this.#blame(lacking);
        return undefined;
      }
      servers.praise(first.place);
      this.#rest.forget();
      return receipts;
    } catch (error) {
      // What is refused early may still be on its way when its memory is used again: it is passed over there.
      const isWell = isHoldfastError(error, 'unauthenticated', 'overloaded', 'no-space');
      if (!isWell && !signal?.aborted) this.#blame(first.place);
      throw error;
    }
  }

  #blame(place: ServerPlace): void {
    this.#parts.servers.blame(place);
    // Several that fail together are one failure.
    if (this.#rest.isOver) this.#rest.begin();
  }
}
