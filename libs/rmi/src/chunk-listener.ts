import type { Socket } from 'node:net';
import {
  DATA_LIMITS,
  HoldfastError,
  type PutOutcome,
  type TicketedChunk,
  type TicketReader,
  type TicketWriter,
} from '@holdfast/contracts';
import { partsLength, type ByteParts, type LentParts } from '@holdfast/kernel';
import {
  CHUNK_PROTOCOL,
  CHUNK_SERVER_HEADER,
  encodeError,
  encodeOutcome,
  encodeReplyHeader,
  type PutRequest,
  type ReadRequest,
} from './chunk-wire.ts';
import { HeldBytes, ownerOf, overloaded } from './held-bytes.ts';
import { CHUNK_LINK_LIMITS, type ChunkLinkLimits } from './limits.ts';
import { RequestReader } from './request-reader.ts';

export interface ChunkListenerOptions {
  /** What the server calls itself. */
  readonly name: string;
  readonly store: TicketReader & TicketWriter;
  readonly limits?: ChunkLinkLimits;
}

/** Moves chunks for whoever connects and has tickets; what all connections hold is bounded (§P10). */
export class ChunkListener {
  readonly #options: ChunkListenerOptions;
  readonly #limits: ChunkLinkLimits;
  readonly #held: HeldBytes;
  readonly #connections = new Set<ChunkConnection>();

  constructor(options: ChunkListenerOptions) {
    this.#options = options;
    this.#limits = options.limits ?? CHUNK_LINK_LIMITS;
    this.#held = new HeldBytes(this.#limits.heldBytes);
  }

  /** Takes a socket that asked for this protocol, with what has already arrived on it. */
  accept(socket: Socket, head: Uint8Array): void {
    if (!this.#makeRoom()) {
      socket.end('HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\n\r\n');
      return;
    }
    const { name, store } = this.#options;
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${CHUNK_PROTOCOL}\r\n${CHUNK_SERVER_HEADER}: ${name}\r\n\r\n`,
    );
    const connection = new ChunkConnection(socket, {
      store,
      held: this.#held,
      limits: this.#limits,
    });
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
    connection.receive(head);
  }

  close(): void {
    for (const connection of this.#connections) connection.close();
  }

  /** The first of those who have shown no ticket makes room; who has shown one stays. */
  #makeRoom(): boolean {
    if (this.#connections.size < this.#limits.connections) return true;
    const stranger = [...this.#connections].find(({ isTrusted }) => !isTrusted);
    if (!stranger) return false;
    stranger.close();
    return this.#connections.delete(stranger);
  }
}

/** What all connections share. */
interface ConnectionParts {
  readonly store: TicketReader & TicketWriter;
  readonly held: HeldBytes;
  readonly limits: ChunkLinkLimits;
}

/** A chunk that is to be read and sent, or written. */
interface Answer {
  /** Of the chunk. */
  readonly bytes: number;
  readonly run: () => Promise<void>;
}

/** One client's connection. Its requests are answered a few at a time, each as soon as it can be. */
class ChunkConnection {
  /** It has shown a ticket that opened something. */
  isTrusted = false;
  readonly #socket: Socket;
  readonly #parts: ConnectionParts;
  readonly #owner: string;
  readonly #requests: RequestReader;
  /** Answers that wait for their turn. */
  readonly #waiting: Answer[] = [];
  /** Of the chunks that are worked on. */
  #runningBytes = 0;
  #refusals = 0;
  /** Of chunks that are put here and are not taken yet. */
  #arrivingBytes = 0;

  constructor(socket: Socket, parts: ConnectionParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#owner = ownerOf({ principal: undefined, remoteAddress: socket.remoteAddress ?? '' });
    this.#requests = new RequestReader({
      requestBytes: parts.limits.requestBytes,
      onRead: (wanted) => this.#open(wanted),
      onPut: (put) => this.#admits(put),
      onContent: (put, content) =>
        this.#enqueue({ bytes: put.length, run: () => this.#take(put, content) }),
    });
    socket.setNoDelay(true);
    // Silence, and a reply of which nothing is taken, both count.
    socket.setTimeout(parts.limits.idleMs, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.destroy());
    socket.on('close', () => {
      parts.held.give(this.#owner, this.#arrivingBytes);
      this.#arrivingBytes = 0;
    });
    socket.on('data', (bytes: Buffer) => this.receive(bytes));
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Whoever sends what is no request, or more of them than may wait, is cut off. */
  receive(bytes: Uint8Array): void {
    if (!this.#requests.receive(bytes)) this.close();
  }

  #enqueue(answer: Answer): void {
    if (this.#waiting.length >= this.#parts.limits.waitingRequests) return this.close();
    this.#waiting.push(answer);
    this.#answerWaiting();
  }

  /** Works on as much as may be worked on at once. */
  #answerWaiting(): void {
    for (let next = this.#waiting[0]; next && this.#hasTurnFor(next); next = this.#waiting[0]) {
      const { bytes, run } = next;
      this.#waiting.shift();
      this.#runningBytes += bytes;
      void run().finally(() => {
        this.#runningBytes -= bytes;
        this.#answerWaiting();
      });
    }
  }

  #hasTurnFor({ bytes }: Answer): boolean {
    if (this.#socket.destroyed) return false;
    return this.#runningBytes === 0 || this.#runningBytes + bytes <= this.#parts.limits.bytesAtOnce;
  }

  #open(wanted: ReadRequest): void {
    try {
      const chunk = this.#parts.store.open(wanted);
      this.#trust();
      this.#enqueue({ bytes: chunk.length, run: () => this.#give(wanted, chunk) });
    } catch (error) {
      this.#refuse(wanted.id, error);
    }
  }

  /** It has shown a ticket that opened something, so those that did not were honest ones. */
  #trust(): void {
    this.isTrusted = true;
    this.#refusals = 0;
  }

  async #give({ id }: ReadRequest, chunk: TicketedChunk): Promise<void> {
    try {
      using _room = this.#hold(chunk.length);
      await this.#send(id, await chunk.read());
    } catch (error) {
      this.#refuse(id, error);
    }
  }

  /** Whether there is a right to put the chunk, and room for it; the client is told why not. */
  #admits(put: PutRequest): boolean {
    const { held, store } = this.#parts;
    if (this.#socket.destroyed) return false;
    try {
      store.admit(put);
      this.#trust();
      if (!held.take(this.#owner, put.length)) throw overloaded(put.length);
      this.#arrivingBytes += put.length;
      return true;
    } catch (error) {
      this.#refuse(put.id, error);
      return false;
    }
  }

  async #take(put: PutRequest, content: ByteParts): Promise<void> {
    this.#arrivingBytes -= put.length;
    const { kept, outcome } = this.#parts.store.put(put, content);
    void this.#tell(put, outcome);
    // Only that takes a turn: servers that waited for turns at one another would wait in a circle.
    await kept;
  }

  async #tell({ id, length }: PutRequest, outcome: Promise<PutOutcome>): Promise<void> {
    try {
      const told = encodeOutcome(id, await outcome);
      if (!this.#socket.destroyed) this.#socket.write(told);
    } catch (error) {
      this.#refuse(id, error);
    } finally {
      this.#parts.held.give(this.#owner, length);
    }
  }

  /** Books what a chunk of that length takes of the memory that all connections share. */
  #hold(length: number): Disposable {
    const { held, limits } = this.#parts;
    const bytes = length <= limits.shortChunkBytes ? length : DATA_LIMITS.chunkBytes;
    if (!held.take(this.#owner, bytes)) throw overloaded(bytes);
    return { [Symbol.dispose]: () => held.give(this.#owner, bytes) };
  }

  /** Resolves when the chunk has left, or will not: its memory is given back then. */
  #send(id: number, content: LentParts): Promise<void> {
    const header = encodeReplyHeader({ kind: 'content', id, length: partsLength(content) });
    const pieces = [header, ...content];
    const last = pieces.pop();
    return new Promise((resolve) => {
      this.#socket.cork();
      for (const piece of pieces) this.#socket.write(piece);
      this.#socket.write(last ?? header, () => {
        content[Symbol.dispose]?.();
        resolve();
      });
      this.#socket.uncork();
    });
  }

  #refuse(id: number, error: unknown): void {
    if (this.#socket.destroyed) return;
    this.#socket.write(encodeError(id, error));
    const isStranger = error instanceof HoldfastError && error.code === 'unauthenticated';
    if (isStranger && ++this.#refusals >= this.#parts.limits.refusals) this.#socket.destroySoon();
  }
}
