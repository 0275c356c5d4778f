import {
  isHoldfastError,
  type CallOptions,
  type ChunkToPut,
  type DirectTicket,
  type FilesContract,
  type PutChunkResult,
  type PutReceipt,
  type Remote,
  type TicketPut,
} from '@holdfast/contracts';
import { type ByteParts, partsLength } from '@holdfast/kernel';
import type { DirectServers } from './direct-servers.ts';

export interface DirectPutsParts {
  readonly files: Pick<Remote<FilesContract>, 'putTickets' | 'notePut'>;
  readonly servers: DirectServers;
}

/**
 * Puts chunks straight on the servers that are to have them: on one, which passes them on to the next.
 * The frontend gives out the tickets, and sees the receipts.
 */
export class DirectPuts {
  readonly #parts: DirectPutsParts;
  /** The frontend is of an older version. */
  #none = false;

  constructor(parts: DirectPutsParts) {
    this.#parts = parts;
  }

  /** Undefined where not all took the chunk: then it is to be relayed, which finds out why. */
  async put(chunk: ChunkToPut, options: CallOptions): Promise<PutChunkResult | undefined> {
    if (this.#none) return undefined;
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
    tickets: readonly DirectTicket[],
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
    const chain = [first.place, ...tickets.filter((ticket) => ticket !== first.place)];
    try {
      const receipts = await first.server.put({ ...chunk, tickets: chain }, content, signal);
      const lacking = chain.find(({ server }) => !receipts.some((one) => one.server === server));
      if (lacking) servers.blame(lacking);
      else servers.praise(first.place);
      return lacking ? undefined : [...receipts];
    } catch (error) {
      const isWell = isHoldfastError(error, 'unauthenticated', 'overloaded', 'no-space');
      if (!isWell && !signal?.aborted) servers.blame(first.place);
      throw error;
    }
  }
}
