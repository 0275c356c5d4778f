import type { ByteParts, LentParts } from '@holdfast/kernel';
import * as z from 'zod';
import { DATA_LIMITS } from './limits.ts';
import { chunkHash, count, fileId, instanceName, storeId, ticketNonce } from './values.ts';

/** An HMAC-SHA-256 as it travels. */
const proof = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hex digits');

/**
 * What opens one chunk on one store for a moment, to whoever shows it: a coordinator's proof that
 * somebody may read the chunk, or put it there, bound to a nonce that the store itself gave out lately.
 */
export const chunkTicket = z.object({ nonce: ticketNonce, proof });
export type ChunkTicket = z.infer<typeof chunkTicket>;

/** A ticket to one chunk, and the server that takes it. */
export const directTicket = z.object({
  server: instanceName,
  address: z.string(),
  ticket: chunkTicket,
});
export type DirectTicket = z.infer<typeof directTicket>;

/** A client asks a file server for one chunk, with a ticket to it (§P9). */
export const ticketRead = z.object({ file: fileId, hash: chunkHash, ticket: chunkTicket });
export type TicketRead = z.infer<typeof ticketRead>;

/**
 * A ticket to put a chunk on a server, which any server can check but for its nonce: so a client can
 * have a chunk passed on to no other place than a coordinator has named.
 */
export const putTicket = directTicket.extend({ store: storeId });
export type PutTicket = z.infer<typeof putTicket>;

/**
 * A client brings a chunk to the server that the first ticket is for, which passes it on to the one of
 * the next ticket, and so on.
 */
export const ticketPut = z.object({
  file: fileId,
  hash: chunkHash,
  /** Bytes that follow. */
  length: z.int().min(1).max(DATA_LIMITS.chunkBytes),
  tickets: z.array(putTicket).min(1).max(DATA_LIMITS.chainedStores),
});
export type TicketPut = z.infer<typeof ticketPut>;

/** A store's word that it has a chunk on stable storage, which a client cannot make up. */
export const putReceipt = z.object({
  server: instanceName,
  generation: count,
  position: count,
  proof,
});
export type PutReceipt = z.infer<typeof putReceipt>;

/** What became of a chunk that was put. */
export const putOutcome = z.object({
  /** Of the servers that have it. */
  receipts: z.array(putReceipt).max(DATA_LIMITS.chainedStores),
  /** Servers that did not take it, and are well. */
  refused: z.array(instanceName).max(DATA_LIMITS.chainedStores),
});
export type PutOutcome = z.infer<typeof putOutcome>;

/** A chunk that a store is putting. */
export interface ChunkUnderWay {
  /** Resolves when its own disk has done with it, well or not. */
  readonly kept: Promise<void>;
  /** Rejects if this store did not take it; of those behind it the outcome tells. */
  readonly outcome: Promise<PutOutcome>;
}

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

/** The same for clients that bring chunks. */
export interface TicketWriter {
  /** Throws `unauthenticated` if the first ticket is not good here (any more), or another one is forged. */
  admit(put: TicketPut): void;
  put(put: TicketPut, content: ByteParts): ChunkUnderWay;
}

/** A connection of a client to one file server, for chunks with tickets. */
export interface ChunkLink {
  /** Resolves when it is connected; rejects if that fails. */
  readonly ready: Promise<void>;
  /** Aborts when the connection is over. */
  readonly ended: AbortSignal;
  /** Reads a chunk; what it gives is not verified. Rejects with `disconnected` when it is over. */
  read(wanted: TicketRead, signal?: AbortSignal): Promise<LentParts>;
  /** See `TicketWriter`. `content` may be sent for as long as the connection is there. */
  put(put: TicketPut, content: ByteParts, signal?: AbortSignal): Promise<PutOutcome>;
  close(): void;
}
