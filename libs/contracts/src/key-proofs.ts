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

/** The same for putting the chunk there, and where that is. */
export interface PutClaim extends TicketClaim {
  readonly server: string;
  readonly address: string;
}

/** What a receipt says: this store has this chunk, of so many bytes, on stable storage since this position. */
export interface ReceiptClaim extends ChunkId {
  readonly directory: DirectoryId;
  readonly epoch: number;
  readonly store: StoreId;
  readonly generation: number;
  readonly length: number;
  readonly position: number;
}

/** Makes and checks proofs of one kind, with a key that does not show itself. */
export interface Proofs<Claim> {
  prove(claim: Claim): string;
  /** Whether `proof`, as it came from the wire, is the proof of `claim`. */
  isProof(proof: string, claim: Claim): boolean;
}

/** For reading chunks. */
export type ChunkTickets = Proofs<TicketClaim>;

/** For putting them: a ticket to read does not open a store for that, nor the other way round. */
export interface PutProofs {
  readonly tickets: Proofs<PutClaim>;
  readonly receipts: Proofs<ReceiptClaim>;
}
