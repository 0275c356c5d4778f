import type { PartKind } from './key-contract.ts';
import type { ChunkId, DirectoryId, StoreId } from './values.ts';

/** What one side shows in the exchange of the key contract. */
export interface KeyClaim {
  /** Who proves: the side that dialled and asked first, or the side that answered. */
  readonly role: 'asker' | 'answerer';
  readonly part: PartKind;
  readonly name: string;
  readonly challenges: { readonly asker: string; readonly answerer: string };
}

/** The cluster key, as something that makes and checks proofs without showing itself. */
export interface KeyProofs {
  /** 32 random bytes in hexadecimal; never use one twice, for it is what makes a proof fresh. */
  challenge(): string;
  prove(claim: KeyClaim): string;
  /** Whether `proof`, as it came from the wire, is the proof of `claim`. */
  isProof(proof: string, claim: KeyClaim): boolean;
}

/** What a ticket says: this chunk may be read from this store, as long as its nonce is known there. */
export interface TicketClaim extends ChunkId {
  readonly directory: DirectoryId;
  readonly epoch: number;
  readonly store: StoreId;
  /** What the store gave out lately, in hexadecimal. */
  readonly nonce: string;
}

/** Makes and checks the proofs of tickets, with a key that does not show itself. */
export interface ChunkTickets {
  prove(claim: TicketClaim): string;
  /** Whether `proof`, as it came from the wire, is the proof of `claim`. */
  isProof(proof: string, claim: TicketClaim): boolean;
}
