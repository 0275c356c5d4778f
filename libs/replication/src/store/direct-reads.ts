import type {
  ChunkStore,
  ChunkTickets,
  TicketedChunk,
  TicketRead,
  TicketReader,
} from '@holdfast/contracts';
import { reached } from '@holdfast/kernel';
import { noTicket } from './no-ticket.ts';
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
    if (!this.#opens(wanted)) throw noTicket();
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

  #opens({ file, hash, ticket: { nonce, proof } }: TicketRead): boolean {
    const { nonces, tickets } = this.#options;
    const { directory, epoch, id: store } = this.#options.store;
    if (directory === undefined || !nonces.isKnown(nonce)) return false;
    return tickets.isProof(proof, { directory, epoch, store, nonce, file, hash });
  }
}
