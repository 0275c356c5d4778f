import {
  type ChunkStore,
  HoldfastError,
  type PutProofs,
  type PutReceipt,
  type TicketPut,
  type TicketWriter,
} from '@holdfast/contracts';
import {
  type ByteParts,
  type Clock,
  assert,
  deadline,
  partsLength,
  reached,
} from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { checkTicket } from './check-ticket.ts';
import type { PeerChunkLinks } from './peer-chunk-links.ts';
import type { StoreService } from './store-service.ts';
import type { TicketNonces } from './ticket-nonces.ts';

export interface DirectPutsOptions {
  /** What the server calls itself. */
  readonly name: string;
  readonly store: ChunkStore;
  readonly service: Pick<StoreService, 'keep'>;
  readonly nonces: TicketNonces;
  readonly proofs: PutProofs;
  readonly links: PeerChunkLinks;
  readonly clock: Clock;
}

/**
 * Takes chunks from clients with tickets, and passes each on to the next server that is to have it while
 * its own disk writes: no machine sends a chunk more than once (the data path of the Google File System,
 * Ghemawat, Gobioff and Leung, 2003).
 */
export class DirectPuts implements TicketWriter {
  readonly #options: DirectPutsOptions;

  constructor(options: DirectPutsOptions) {
    this.#options = options;
  }

  admit(put: TicketPut): void {
    const { store, nonces, proofs } = this.#options;
    const [own] = put.tickets;
    assert(own, 'a put has a ticket');
    checkTicket(own.ticket, put, { store, nonces, tickets: proofs.tickets });
  }

  async put(put: TicketPut, content: ByteParts): Promise<readonly PutReceipt[]> {
    assert(partsLength(content) === put.length, 'a chunk arrives as long as it was announced');
    // While the bytes were on their way another frontend may have taken over (§P5).
    this.admit(put);
    const [own, behind] = await Promise.all([this.#keep(put, content), this.#pass(put, content)]);
    return [own, ...behind];
  }

  async #keep({ file, hash, length }: TicketPut, content: ByteParts): Promise<PutReceipt> {
    const { name: server, store, service, proofs } = this.#options;
    const { directory, epoch, generation, id } = store;
    assert(directory !== undefined, 'a store that a ticket opens belongs to a directory');
    const position = await service.keep({ file, hash }, content);
    POINT: reached('direct.put');
    const claim = { directory, epoch, store: id, generation, file, hash, length, position };
    return { server, generation, position, proof: proofs.receipts.prove(claim) };
  }

  /** Whoever does not take it behind this server is sent it by the frontend. */
  async #pass(
    { tickets: [, ...tickets], ...put }: TicketPut,
    content: ByteParts,
  ): Promise<readonly PutReceipt[]> {
    const [next] = tickets;
    if (!next) return [];
    const { links, clock } = this.#options;
    const place = { name: next.server, address: next.address };
    const link = links.find(place);
    if (!link) return [];
    try {
      using stalled = deadline(clock, LIMITS.passStallMs, () => stalledError(next.server));
      return await link.put({ ...put, tickets }, content, stalled.signal);
    } catch (error) {
      const refused = error instanceof HoldfastError && REFUSALS.has(error.code);
      if (!refused) links.giveUp(place, link);
      return [];
    }
  }
}

/** Errors of a server that is well, and with which the connection goes on. */
const REFUSALS: ReadonlySet<string> = new Set(['unauthenticated', 'overloaded', 'no-space']);

function stalledError(name: string): HoldfastError {
  return new HoldfastError('unavailable', `${name} takes no chunks.`);
}
