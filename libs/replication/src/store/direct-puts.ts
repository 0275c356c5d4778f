import {
  type ChunkStore,
  type ChunkUnderWay,
  HoldfastError,
  type PutOutcome,
  type PutProofs,
  type PutReceipt,
  type PutTicket,
  type TicketPut,
  type TicketWriter,
  isHoldfastError,
} from '@holdfast/contracts';
import { type ByteParts, assert, partsLength, reached } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { noTicket } from './no-ticket.ts';
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
    const { store, nonces } = this.#options;
    const { tickets } = put;
    const [own] = tickets;
    const isHere = own?.store === store.id && nonces.isKnown(own.ticket.nonce);
    const isDistinct = new Set(tickets.map((ticket) => ticket.store)).size === tickets.length;
    if (isHere && isDistinct && tickets.every((ticket) => this.#isProven(ticket, put))) return;
    throw noTicket();
  }

  put(put: TicketPut, content: ByteParts): ChunkUnderWay {
    const keeping = this.#keep(put, content);
    const passing = this.#pass(put, content);
    return { kept: settled(keeping), outcome: outcomeOf(keeping, passing) };
  }

  #isProven(
    { server, address, store, ticket: { nonce, proof } }: PutTicket,
    { file, hash }: TicketPut,
  ): boolean {
    const { store: own, proofs } = this.#options;
    const { directory, epoch } = own;
    if (directory === undefined) return false;
    const claim = { directory, epoch, store, nonce, file, hash, server, address };
    return proofs.tickets.isProof(proof, claim);
  }

  async #keep(put: TicketPut, content: ByteParts): Promise<PutReceipt> {
    const { file, hash, length } = put;
    assert(partsLength(content) === length, 'a chunk arrives as long as it was announced');
    // While the bytes were on their way another frontend may have taken over (§P5).
    this.admit(put);
    const { name: server, store, service, proofs } = this.#options;
    const { directory, epoch, generation, id } = store;
    assert(directory !== undefined, 'a store that a ticket opens belongs to a directory');
    const position = await service.keep({ file, hash }, content);
    POINT: reached('direct.put');
    const claim = { directory, epoch, store: id, generation, file, hash, length, position };
    return { server, generation, position, proof: proofs.receipts.prove(claim) };
  }

  /** Whoever does not take it behind this server is sent it by the frontend. Never rejects. */
  async #pass(
    { tickets: [, ...tickets], ...put }: TicketPut,
    content: ByteParts,
  ): Promise<PutOutcome> {
    const [next] = tickets;
    if (!next) return NOTHING;
    const { server: name, address } = next;
    const { links } = this.#options;
    const peer = links.find({ name, address });
    if (!peer) return NOTHING;
    try {
      using _turn = await peer.turns.acquire();
      const stop = new AbortController();
      // Whoever passes it on first waits longest, so that the last one is found that does not answer.
      const patienceMs = (LIMITS.passStallMs * tickets.length) / (tickets.length + 1);
      using _watch = peer.progress.watch(patienceMs, () => stop.abort(stalledError(name)));
      const outcome = await peer.link.put({ ...put, tickets }, content, stop.signal);
      peer.progress.moved();
      return outcome;
    } catch (error) {
      const isWell = isHoldfastError(error, 'unauthenticated', 'overloaded', 'no-space', 'damaged');
      if (!isWell) links.giveUp({ name, address }, peer);
      return { receipts: [], refused: isWell ? [name] : [] };
    }
  }
}

const NOTHING: PutOutcome = { receipts: [], refused: [] };

async function settled(work: Promise<unknown>): Promise<void> {
  await Promise.allSettled([work]);
}

/** Waits for both, since both hold the chunk. */
async function outcomeOf(
  keeping: Promise<PutReceipt>,
  passing: Promise<PutOutcome>,
): Promise<PutOutcome> {
  await settled(keeping);
  const { receipts, refused } = await passing;
  return { receipts: [await keeping, ...receipts], refused };
}

function stalledError(name: string): HoldfastError {
  return new HoldfastError('unavailable', `${name} takes no chunks.`);
}
