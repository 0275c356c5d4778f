import type { ChunkTickets, TicketClaim } from '@holdfast/contracts';
import { encodeTuple, fromHex, toHex, utf8 } from '@holdfast/kernel';
import { equalInConstantTime } from './equal-in-constant-time.ts';
import { hmacSha256 } from './hmac-sha256.ts';

/** Names this use of the cluster key and the form of what is proven; a new form gets a new number. */
const PURPOSE = 'holdfast chunk ticket 1';

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
