import type {
  ChunkStore,
  ChunkTickets,
  TicketedChunk,
  TicketRead,
  TicketReader,
} from '@holdfast/contracts';
import { reached } from '@holdfast/kernel';
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

  open(wanted: TicketRead): TicketedChunk {
    // What is there and what is not shows only to who may know.
    checkTicket(wanted.ticket, wanted, this.#options);
    POINT: reached('direct.asked');
    const { store } = this.#options;
    const chunk = { file: wanted.file, hash: wanted.hash };
    return {
      length: store.has(chunk)?.length ?? 0,
      read: async () => {
        const content = await store.getUnverified(chunk);
        POINT: reached('direct.read');
        return content;
      },
    };
  }
}
