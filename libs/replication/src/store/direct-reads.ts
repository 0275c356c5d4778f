import type { ChunkStore, ChunkTickets, TicketRead, TicketReader } from '@holdfast/contracts';
import { type LentParts, reached } from '@holdfast/kernel';
import { checkTicket } from './check-ticket.ts';
import type { TicketNonces } from './ticket-nonces.ts';

export interface DirectReadsOptions {
  readonly store: ChunkStore;
  readonly nonces: TicketNonces;
  readonly tickets: ChunkTickets;
}

/** Gives chunks to clients with tickets, and to nobody else (§P9). It changes nothing. */
export class DirectReads implements TicketReader {
  readonly #options: DirectReadsOptions;

  constructor(options: DirectReadsOptions) {
    this.#options = options;
  }

  async read(wanted: TicketRead): Promise<LentParts> {
    // What is there and what is not shows only to who may know.
    checkTicket(wanted.ticket, wanted, this.#options);
    POINT: reached('direct.asked');
    const { file, hash } = wanted;
    const content = await this.#options.store.getUnverified({ file, hash });
    POINT: reached('direct.read');
    return content;
  }
}
