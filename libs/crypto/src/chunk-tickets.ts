import type { ChunkTickets, Proofs, PutProofs } from '@holdfast/contracts';
import { encodeTuple, fromHex, toHex, type TupleElement, utf8 } from '@holdfast/kernel';
import { equalInConstantTime } from './equal-in-constant-time.ts';
import { hmacSha256 } from './hmac-sha256.ts';

/**
 * Proofs of who may read a chunk: HMACs over (directory, epoch, store, nonce, file, hash). See
 * `proofsOf`.
 */
export function chunkTickets(clusterKey: Uint8Array): ChunkTickets {
  return proofsOf(clusterKey, 'holdfast chunk ticket 1', TICKET);
}

/** Proofs of who may put a chunk where, and of which store has it since which position. */
export function putProofs(clusterKey: Uint8Array): PutProofs {
  return {
    tickets: proofsOf(clusterKey, 'holdfast put ticket 1', [...TICKET, 'server', 'address']),
    receipts: proofsOf(clusterKey, 'holdfast put receipt 1', RECEIPT),
  };
}

const TICKET = ['directory', 'epoch', 'store', 'nonce', 'file', 'hash'] as const;
const RECEIPT = [
  'directory',
  'epoch',
  'store',
  'generation',
  'file',
  'hash',
  'length',
  'position',
] as const;

/**
 * A proof is the HMAC-SHA-256 over the tuple of a claim's members, in hexadecimal, under a key of its
 * own: the HMAC-SHA-256 of the purpose under the cluster key. So no proof can pass for one of another
 * purpose. The purpose names the form of what is proven, too; a new form gets a new number.
 */
function proofsOf<Name extends string>(
  clusterKey: Uint8Array,
  purpose: string,
  members: readonly Name[],
): Proofs<Readonly<Record<Name, TupleElement>>> {
  const key = hmacSha256(clusterKey, [utf8(purpose)]);
  const prove = (claim: Readonly<Record<Name, TupleElement>>): string =>
    toHex(hmacSha256(key, [encodeTuple(...members.map((name) => claim[name]))]));
  return {
    prove,
    isProof: (proof, claim) =>
      /^[0-9a-f]{64}$/.test(proof) && equalInConstantTime(fromHex(proof), fromHex(prove(claim))),
  };
}
