import type { ChunkId, DirectoryId, StoreId } from '@holdfast/contracts';

/** What a ticket says: this chunk may be read from this store, as long as its nonce is known there. */
export interface TicketClaim extends ChunkId {
  readonly directory: DirectoryId;
  readonly epoch: number;
  readonly store: StoreId;
  /** What the store gave out lately, in hexadecimal. */
  readonly nonce: string;
}

/** The cluster key, as something that makes and checks the proofs of tickets without showing itself. */
export interface ChunkTickets {
  prove(claim: TicketClaim): string;
  isProof(proof: string, claim: TicketClaim): boolean;
}
