import type { LentParts } from '@holdfast/kernel';
import * as z from 'zod';
import { chunkHash, fileId, ticketNonce } from './values.ts';

/**
 * What opens one chunk on one store for a moment, to whoever shows it: a coordinator's proof that
 * somebody may read the chunk, bound to a nonce that the store itself gave out lately.
 */
export const chunkTicket = z.object({
  nonce: ticketNonce,
  proof: z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits'),
});
export type ChunkTicket = z.infer<typeof chunkTicket>;

/** All that a client can ask of a file server: one chunk, with a ticket to it (§P9). */
export const ticketRead = z.object({ file: fileId, hash: chunkHash, ticket: chunkTicket });
export type TicketRead = z.infer<typeof ticketRead>;

/** The store of a file server, as clients with tickets see it. */
export interface TicketReader {
  /** What it has of the chunk, not verified; `unauthenticated` if the ticket does not open it (any more). */
  read(wanted: TicketRead): Promise<LentParts>;
}

/** A connection of a client to one file server, that reads chunks with tickets. */
export interface ChunkLink {
  /** Resolves when it is connected; rejects if that fails. */
  readonly ready: Promise<void>;
  /** Aborts when the connection is over. */
  readonly ended: AbortSignal;
  /** Reads a chunk; what it gives is not verified. Rejects with `disconnected` when it is over. */
  read(wanted: TicketRead, signal?: AbortSignal): Promise<LentParts>;
  close(): void;
}
