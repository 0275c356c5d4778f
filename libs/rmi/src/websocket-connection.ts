import type { Socket } from 'node:net';
import { joinParts, type ByteParts } from '@holdfast/kernel';
import type { WebSocket } from 'ws';
import { CLOSE, type Connection, type ConnectionReceiver } from './connection.ts';
import { LargeMessages } from './websocket-large-messages.ts';
import { WIRE_LIMITS } from './limits.ts';
import { WebSocketOutbox } from './websocket-outbox.ts';

export interface WebSocketConnectionOptions {
  /** This is the end that dialled. */
  readonly dialled: boolean;
  readonly maxMessageBytes: number;
}

/**
 * A WebSocket of the `ws` library as a connection. What is sent in one turn of the event loop leaves
 * in one write (measured: several times the calls per second).
 */
export class WebSocketConnection implements Connection {
  readonly remoteAddress: string;
  readonly #socket: WebSocket;
  readonly #stream: Socket;
  readonly #outbox: WebSocketOutbox;
  #receiver: ConnectionReceiver | undefined;
  #early: (string | Uint8Array)[] = [];
  #arrivingBytes = 0;
  #error = '';

  /** `stream` is the one that `socket` was upgraded from. */
  constructor(
    socket: WebSocket,
    stream: Socket,
    { dialled, maxMessageBytes }: WebSocketConnectionOptions,
  ) {
    this.remoteAddress = stream.remoteAddress ?? '';
    this.#socket = socket;
    this.#stream = stream;
    this.#outbox = new WebSocketOutbox(stream, {
      masked: dialled,
      isOpen: () => this.#isOpen,
      onFlushed: () => this.#receiver?.drained(),
    });
    stream.setNoDelay(true);
    this.#takeLargeMessages(!dialled, maxMessageBytes);
    socket.on('message', (data, isBinary) => this.#arrive(data as Buffer, isBinary));
    socket.on('ping', () => this.#receiver?.alive());
    socket.on('pong', () => this.#receiver?.alive());
    socket.on('error', (error) => (this.#error = error.message));
    socket.on('close', (code, reason) => this.#closed(code, reason.toString()));
  }

  get backlogBytes(): number {
    return this.#outbox.backlogBytes;
  }

  get arrivingBytes(): number {
    return this.#arrivingBytes;
  }

  send(text: string): void {
    if (this.#isOpen) this.#outbox.sendText(text);
  }

  sendBytes(parts: readonly Uint8Array[]): void {
    if (this.#isOpen) this.#outbox.sendBytes(parts);
  }

  ping(): void {
    if (this.#isOpen) this.#socket.ping();
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  receive(receiver: ConnectionReceiver): void {
    this.#receiver = receiver;
    const early = this.#early;
    this.#early = [];
    for (const message of early) receiver.message(message);
    if (this.#socket.readyState === this.#socket.CLOSED) this.#closed(CLOSE.broken, '');
  }

  close(code: number, reason: string): void {
    this.#outbox.flush();
    this.#socket.close(code, clipToBytes(reason, 120));
  }

  /** Stands between the socket and the library, which listens to it like anybody else. */
  #takeLargeMessages(masked: boolean, maxBytes: number): void {
    const [library, ...others] = this.#stream.listeners('data');
    if (!library || others.length > 0) return;
    const pass = (bytes: Buffer): void => void library.call(this.#stream, bytes);
    const take = (parts: ByteParts): void => this.#arriveInPieces(parts);
    const large = new LargeMessages({ masked, maxBytes, pass, take });
    this.#stream.off('data', library as (bytes: Buffer) => void);
    this.#stream.on('data', (bytes: Buffer) => {
      this.#arrivingBytes += bytes.length;
      large.push(bytes);
      if (this.#arrivingBytes > bytes.length) this.#receiver?.alive();
    });
  }

  #arriveInPieces(parts: ByteParts): void {
    if (!this.#isOpen) return;
    const pieces = parts.length > WIRE_LIMITS.messageParts ? [joinParts(parts)] : parts;
    this.#arrivingBytes = 0;
    if (this.#receiver?.pieces) this.#receiver.pieces(pieces);
    else this.#arrive(Buffer.from(joinParts(pieces)), true);
  }

  #arrive(data: Buffer, isBinary: boolean): void {
    this.#arrivingBytes = 0;
    const message = isBinary ? data : data.toString('utf8');
    if (this.#receiver) this.#receiver.message(message);
    else this.#early.push(message);
  }

  #closed(code: number, reason: string): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    receiver?.closed({ code, reason: reason || this.#error });
  }

  get #isOpen(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }
}

/** A close reason is limited by the protocol; what is cut off is no loss. */
function clipToBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  return bytes.length <= maxBytes
    ? text
    : bytes.subarray(0, maxBytes).toString().replace(/�+$/, '');
}
