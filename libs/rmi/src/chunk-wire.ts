import { HoldfastError, ticketRead, type TicketRead } from '@holdfast/contracts';
import { fromUtf8, utf8 } from '@holdfast/kernel';
import * as z from 'zod';
import { fromWireError, isRecord, toWireError } from './wire-error.ts';

/** What a client asks a port to be upgraded to, for reading chunks with tickets. */
export const CHUNK_PROTOCOL = 'holdfast-chunks-1';
/** Of the answer to that: the name of the server, which the client knows from its tickets. */
export const CHUNK_SERVER_HEADER = 'holdfast-server';

const MAX_ID = 2 ** 32 - 1;
const request = ticketRead.extend({ id: z.int().min(0).max(MAX_ID) });
export type ChunkRequest = TicketRead & { readonly id: number };

/** Bytes of what goes ahead of a reply's payload. */
export const REPLY_HEADER_BYTES = 9;
const CONTENT = 1;
const ERROR = 2;

export interface ReplyHeader {
  readonly kind: 'content' | 'error';
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
  bytes[0] = kind === 'content' ? CONTENT : ERROR;
  view.setUint32(1, id);
  view.setUint32(5, length);
  return bytes;
}

/** Undefined if no reply begins like that. */
export function decodeReplyHeader(bytes: Uint8Array): ReplyHeader | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, REPLY_HEADER_BYTES);
  const kind = bytes[0] === CONTENT ? 'content' : bytes[0] === ERROR ? 'error' : undefined;
  return kind && { kind, id: view.getUint32(1), length: view.getUint32(5) };
}

/** A reply that says why there is no chunk. */
export function encodeError(id: number, error: unknown): Uint8Array {
  const payload = utf8(JSON.stringify(toWireError(error, '')));
  const header = encodeReplyHeader({ kind: 'error', id, length: payload.length });
  const reply = new Uint8Array(header.length + payload.length);
  reply.set(header);
  reply.set(payload, header.length);
  return reply;
}

export function decodeError(payload: Uint8Array): HoldfastError {
  try {
    const told: unknown = JSON.parse(fromUtf8(payload));
    if (isRecord(told)) return fromWireError(told);
  } catch {
    // As if nothing had been told.
  }
  return new HoldfastError('internal', 'The server gave no chunk and did not say why.');
}
