import type { ByteParts } from '@holdfast/kernel';
import type { RmiLimits } from './limits.ts';

/** Why a connection ended: a WebSocket close code, and words for people. */
export interface CloseReason {
  readonly code: number;
  readonly reason: string;
}

/** Close codes: those of WebSocket, and from 4000 on our own. */
export const CLOSE = {
  /** The dialling side has finished, and does not come back. */
  left: 1000,
  /** The daemon shuts down. */
  goingAway: 1001,
  /** The other end broke the protocol. */
  violation: 1002,
  /** The connection broke; never sent. */
  broken: 1006,
  /** A named limit was exceeded. */
  limit: 1008,
  /** A message was larger than allowed. */
  tooLarge: 1009,
  /** The session was ended by the daemon. */
  sessionEnded: 4001,
  /** The same session has a newer connection. */
  superseded: 4002,
  /** The handshake was refused; the error went ahead of the close. */
  refused: 4003,
  /** Nothing was heard for `idleMs`. */
  idle: 4004,
  /** No first message within `handshakeMs`. */
  silent: 4005,
} as const;

/** What happens at one end of a connection. Called one at a time, in order. */
export interface ConnectionReceiver {
  /** A text message (string) or a binary one. The bytes belong to the receiver. */
  message(data: string | Uint8Array): void;
  /** A large binary message in the pieces that it came in. Without this, `message` gets it whole. */
  pieces?(parts: ByteParts): void;
  /** The other end answered a ping, sent one, or a part of a message. */
  alive(): void;
  /** Some of the backlog has gone. */
  drained(): void;
  /** The connection is over; reported once, the last call. */
  closed(reason: CloseReason): void;
}

/**
 * One end of an ordered, reliable, message-based connection. What is sent belongs to the connection
 * and must not change any more.
 */
export interface Connection {
  /** The network address of the other end, without a port. */
  readonly remoteAddress: string;
  /** Bytes sent that still wait in this process. */
  readonly backlogBytes: number;
  /** Bytes of a message that has not arrived in full. */
  readonly arrivingBytes: number;
  /** Sends a text message. Does nothing on a closed connection. */
  send(text: string): void;
  /** Sends one binary message that consists of `parts`, without joining them. */
  sendBytes(parts: readonly Uint8Array[]): void;
  /** Asks the other end for a sign of life. */
  ping(): void;
  /**
   * Takes nothing more from the other end until `resume`, which holds it back. What this process has
   * already may still be delivered.
   */
  pause(): void;
  resume(): void;
  /** Starts delivery, beginning with what has arrived before. Called once. */
  receive(receiver: ConnectionReceiver): void;
  /** Ends the connection after what was sent. */
  close(code: number, reason: string): void;
}

/** Takes a connection that somebody else has dialled. */
export type Acceptor = (connection: Connection, remoteAddress: string) => void;

/** How connections are dialled. */
export interface Transport {
  /** Rejects with an `unavailable` error that says why. */
  dial(address: string, options: DialOptions): Promise<Connection>;
}

export interface DialOptions {
  readonly limits: RmiLimits;
  readonly signal: AbortSignal;
}
