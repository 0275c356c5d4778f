import {
  type ChunkId,
  type ChunkStore,
  type ChunkTicket,
  HoldfastError,
  type Proofs,
  type TicketClaim,
} from '@holdfast/contracts';
import type { TicketNonces } from './ticket-nonces.ts';

export interface TicketChecks {
  readonly store: Pick<ChunkStore, 'directory' | 'epoch' | 'id'>;
  readonly nonces: TicketNonces;
  readonly tickets: Proofs<TicketClaim>;
}

/** Throws `unauthenticated` unless a ticket opens the store to this chunk now. */
export function checkTicket(
  { nonce, proof }: ChunkTicket,
  { file, hash }: ChunkId,
  { store, nonces, tickets }: TicketChecks,
): void {
  const { directory, epoch, id } = store;
  const isKnown = directory !== undefined && nonces.isKnown(nonce);
  if (isKnown && tickets.isProof(proof, { directory, epoch, store: id, nonce, file, hash })) return;
  throw new HoldfastError(
    'unauthenticated',
    'This ticket does not open this chunk here, or not any more. Ask the frontend for another one.',
  );
}
