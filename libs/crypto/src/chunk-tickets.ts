import type { ChunkId, DirectoryId, StoreId } from '@holdfast/contracts';
import { encodeTuple, fromHex, toHex, utf8 } from '@holdfast/kernel';
import { equalInConstantTime } from './equal-in-constant-time.ts';
import { hmacSha256 } from './hmac-sha256.ts';

/** Names this use of the cluster key and the form of what is proven; a new form gets a new number. */
const PURPOSE = 'holdfast chunk ticket 1';

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

/**
 * A proof is the HMAC-SHA-256 over the tuple (directory, epoch, store, nonce, file, hash), in
 * hexadecimal, under a key of its own: the HMAC-SHA-256 of the purpose under the cluster key. So no
 * ticket can pass for a proof of the cluster key, nor the other way round.
 */
export function chunkTickets(clusterKey: Uint8Array): ChunkTickets {
  const key = hmacSha256(clusterKey, [utf8(PURPOSE)]);
  const prove = ({ directory, epoch, store, nonce, file, hash }: TicketClaim): string =>
    toHex(hmacSha256(key, [encodeTuple(directory, epoch, store, nonce, file, hash)]));
  return {
    prove,
    isProof: (proof, claim) =>
      /^[0-9a-f]{64}$/.test(proof) && equalInConstantTime(fromHex(proof), fromHex(prove(claim))),
  };
}
