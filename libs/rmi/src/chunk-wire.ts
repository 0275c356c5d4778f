import {
  HoldfastError,
  putOutcome,
  ticketPut,
  ticketRead,
  type PutOutcome,
  type TicketPut,
  type TicketRead,
} from '@holdfast/contracts';
import { fromUtf8, joinParts, utf8 } from '@holdfast/kernel';
import * as z from 'zod';
import { fromWireError, isRecord, toWireError } from './wire-error.ts';

/** What a client asks a port to be upgraded to, for chunks with tickets. */
export const CHUNK_PROTOCOL = 'holdfast-chunks-1';
/** Of the answer to that: the name of the server, which the client knows from its tickets. */
export const CHUNK_SERVER_HEADER = 'holdfast-server';

const MAX_ID = 2 ** 32 - 1;
const id = z.int().min(0).max(MAX_ID);
const request = z.union([ticketRead.extend({ id }), ticketPut.extend({ id })]);
export type ReadRequest = TicketRead & { readonly id: number };
/** The bytes of the chunk follow it. */
export type PutRequest = TicketPut & { readonly id: number };
export type ChunkRequest = ReadRequest | PutRequest;

/** Bytes of what goes ahead of a reply's payload. */
export const REPLY_HEADER_BYTES = 9;
/** In the order of their numbers on the wire, from 1 on. */
const KINDS = ['content', 'error', 'outcome'] as const;
export type ReplyKind = (typeof KINDS)[number];

export interface ReplyHeader {
  readonly kind: ReplyKind;
  /** Of the request. */
  readonly id: number;
  /** Bytes of the payload. */
  readonly length: number;
}

/** A request: one line of JSON. */
export function encodeRequest(wanted: ChunkRequest): Uint8Array {
  return utf8(`${JSON.stringify(wanted)}\n`);
}

/** Undefined if the line is no request. */
export function decodeRequest(line: Uint8Array): ChunkRequest | undefined {
  try {
    return request.parse(JSON.parse(fromUtf8(line)));
  } catch {
    return undefined;
  }
}

export function encodeReplyHeader({ kind, id, length }: ReplyHeader): Uint8Array {
  const bytes = new Uint8Array(REPLY_HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = KINDS.indexOf(kind) + 1;
  view.setUint32(1, id);
  view.setUint32(5, length);
  return bytes;
}

/** Undefined if no reply begins like that. */
export function decodeReplyHeader(bytes: Uint8Array): ReplyHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, REPLY_HEADER_BYTES);
  const kind = KINDS[(bytes[0] ?? 0) - 1];
  return kind && { kind, id: view.getUint32(1), length: view.getUint32(5) };
}

/** A reply that says why there is no chunk, or why none was taken. */
export function encodeError(id: number, error: unknown): Uint8Array {
  return encodeReply('error', id, toWireError(error, ''));
}

/** A reply that says which servers took a chunk. */
export function encodeOutcome(id: number, outcome: PutOutcome): Uint8Array {
  return encodeReply('outcome', id, outcome);
}

function encodeReply(kind: ReplyKind, id: number, value: object): Uint8Array {
  const payload = utf8(JSON.stringify(value));
  return joinParts([encodeReplyHeader({ kind, id, length: payload.length }), payload]);
}

export function decodeError(payload: Uint8Array): HoldfastError {
  try {
    const told: unknown = JSON.parse(fromUtf8(payload));
    if (isRecord(told)) return fromWireError(told);
  } catch {
    // As if nothing had been told.
  }
  return new HoldfastError('internal', 'The server refused a chunk and did not say why.');
}

/** Throws if it is none. */
export function decodeOutcome(payload: Uint8Array): PutOutcome {
  return putOutcome.parse(JSON.parse(fromUtf8(payload)));
}
