import { joinParts, type ByteParts } from '@holdfast/kernel';

/**
 * Binary messages: one byte for the kind, four for the stream's number (big-endian), then the
 * payload. `docs/protocol.md` describes them.
 */
export const FRAME = {
  /** Sender to reader: payload. */
  data: 1,
  /** Sender to reader: the stream is complete. */
  end: 2,
  /** Sender to reader: the stream failed; the payload is a JSON-RPC error object. */
  error: 3,
  /** Reader to sender: four bytes (big-endian), how many bytes more may be sent. */
  credit: 4,
  /** Reader to sender: nothing more is wanted. */
  reset: 5,
} as const;

export type FrameKind = (typeof FRAME)[keyof typeof FRAME];

export const FRAME_HEADER_BYTES = 5;

export function frameHeader(kind: FrameKind, stream: number): Uint8Array {
  const header = new Uint8Array(FRAME_HEADER_BYTES);
  header[0] = kind;
  writeUint32(header, 1, stream);
  return header;
}

export function creditFrame(stream: number, bytes: number): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER_BYTES + 4);
  frame[0] = FRAME.credit;
  writeUint32(frame, 1, stream);
  writeUint32(frame, FRAME_HEADER_BYTES, bytes);
  return frame;
}

/** Credit that a data frame uses up: its payload, but never nothing, as each frame costs memory. */
export function frameCost(payloadBytes: number): number {
  return Math.max(payloadBytes, 32);
}

export interface Frame {
  readonly kind: number;
  readonly stream: number;
  /** Views into the message, not copies. */
  readonly payload: ByteParts;
}

/** Nothing if the message is too short to be a frame. */
export function readFrame(message: ByteParts): Frame | undefined {
  const [first, ...rest] = message;
  if (!first) return undefined;
  if (first.length < FRAME_HEADER_BYTES) {
    return rest.length > 0 ? readFrame([joinParts(message)]) : undefined;
  }
  return {
    kind: first[0] ?? 0,
    stream: readUint32(first, 1),
    payload: [first.subarray(FRAME_HEADER_BYTES), ...rest],
  };
}

/** The number in a credit frame's payload; 0 if it has the wrong length. */
export function readCredit(payload: Uint8Array): number {
  return payload.length === 4 ? readUint32(payload, 0) : 0;
}

function writeUint32(target: Uint8Array, offset: number, value: number): void {
  target[offset] = value >>> 24;
  target[offset + 1] = value >>> 16;
  target[offset + 2] = value >>> 8;
  target[offset + 3] = value;
}

function readUint32(source: Uint8Array, offset: number): number {
  const high = ((source[offset] ?? 0) << 8) | (source[offset + 1] ?? 0);
  const low = ((source[offset + 2] ?? 0) << 8) | (source[offset + 3] ?? 0);
  return high * 0x10000 + low;
}
