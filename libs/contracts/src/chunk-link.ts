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

/** A chunk that a ticket has opened. */
export interface TicketedChunk {
  /** In bytes; 0 if it is not there. */
  readonly length: number;
  /** What the store has of it, not verified. */
  read(): Promise<LentParts>;
}

/** The store of a file server, as clients with tickets see it. */
export interface TicketReader {
  /** Throws `unauthenticated` if the ticket does not open the chunk (any more). */
  open(wanted: TicketRead): TicketedChunk;
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
