import type { ChunkId, DirectTicket, DirectoryId, ChunkTickets } from '@holdfast/contracts';
import type { Holder } from '@holdfast/directory';
import type { Member } from './member.ts';
import type { Members } from './members.ts';

export interface TicketDeskOptions {
  readonly members: Members;
  /** Without it no tickets are given, and all is relayed. */
  readonly tickets: ChunkTickets | undefined;
  readonly directory: DirectoryId;
  readonly epoch: () => number;
}

/**
 * Gives out tickets to chunks. Whoever asks for them here has seen to it that their reader may read the
 * chunk (§P9), and keeps the version that it belongs to.
 */
export class TicketDesk {
  readonly #options: TicketDeskOptions;

  constructor(options: TicketDeskOptions) {
    this.#options = options;
  }

  /** One for each live server that is known to have the chunk, and takes tickets. */
  issue(chunk: ChunkId, holders: readonly Holder[]): DirectTicket[] {
    const { members, tickets } = this.#options;
    if (!tickets) return [];
    return holders.flatMap((holder) => {
      const member = members.find(holder.store);
      if (!member?.live || !holder.confirmed || holder.generation !== member.generation) return [];
      return this.#to(member, chunk, tickets);
    });
  }

  #to(member: Member, { file, hash }: ChunkId, tickets: ChunkTickets): DirectTicket[] {
    const { directory, epoch } = this.#options;
    const nonce = member.report?.ticketNonce;
    const address = member.connection?.address;
    if (nonce === undefined || address === undefined) return [];
    const claim = { directory, epoch: epoch(), store: member.store, nonce, file, hash };
    return [{ server: member.name, address, ticket: { nonce, proof: tickets.prove(claim) } }];
  }
}
