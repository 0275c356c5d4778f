import type {
  ChunkId,
  ChunkTickets,
  DirectTicket,
  DirectoryId,
  PutProofs,
  PutReceipt,
  PutTicket,
} from '@holdfast/contracts';
import type { Holder } from '@holdfast/directory';
import type { Member } from './member.ts';
import type { Members } from './members.ts';

export interface TicketDeskOptions {
  readonly members: Members;
  /** Without it no tickets are given, and all is relayed. */
  readonly tickets: ChunkTickets | undefined;
  /** The same for chunks that are put. */
  readonly puts: PutProofs | undefined;
  readonly directory: DirectoryId;
  readonly epoch: () => number;
}

/**
 * Gives out tickets to chunks. Whoever asks for them here has seen to it that their reader may read the
 * chunk (§P9), and keeps the version that it belongs to; or that their writer may write the file.
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

  /** One for each of `members`; none unless all of them take chunks from clients. */
  issuePuts({ file, hash }: ChunkId, members: readonly Member[]): PutTicket[] {
    const { directory, epoch, puts } = this.#options;
    const given = members.flatMap(({ name: server, store, report, connection }) => {
      const nonce = report?.takesPuts ? report.ticketNonce : undefined;
      const address = connection?.address;
      if (!puts || nonce === undefined || address === undefined) return [];
      const claim = { directory, epoch: epoch(), store, nonce, file, hash, server, address };
      return [{ server, address, store, ticket: { nonce, proof: puts.tickets.prove(claim) } }];
    });
    return given.length === members.length ? given : [];
  }

  /** Whether a server has truly given this receipt, to a chunk put in this epoch. */
  isReceipt(receipt: PutReceipt, { store }: Member, chunk: ChunkId & { length: number }): boolean {
    const { directory, epoch, puts } = this.#options;
    const { generation, position, proof } = receipt;
    const claim = { ...chunk, directory, epoch: epoch(), store, generation, position };
    return puts?.receipts.isProof(proof, claim) ?? false;
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
