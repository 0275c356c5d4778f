import type { Socket } from 'node:net';
import { DATA_LIMITS, HoldfastError, type TicketReader } from '@holdfast/contracts';
import { partsLength, type LentParts } from '@holdfast/kernel';
import {
  CHUNK_PROTOCOL,
  CHUNK_SERVER_HEADER,
  decodeRequest,
  encodeError,
  encodeReplyHeader,
  type ChunkRequest,
} from './chunk-wire.ts';
import { HeldBytes, ownerOf, overloaded } from './held-bytes.ts';
import { CHUNK_LINK_LIMITS, type ChunkLinkLimits } from './limits.ts';

export interface ChunkListenerOptions {
  /** What the server calls itself. */
  readonly name: string;
  readonly reader: TicketReader;
  readonly limits?: ChunkLinkLimits;
}

const NEW_LINE = 0x0a;

/** Gives chunks to whoever connects and has tickets; what all connections hold is bounded (§P10). */
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
    const { name, reader } = this.#options;
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${CHUNK_PROTOCOL}\r\n${CHUNK_SERVER_HEADER}: ${name}\r\n\r\n`,
    );
    const connection = new ChunkConnection(socket, {
      reader,
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
  readonly reader: TicketReader;
  readonly held: HeldBytes;
  readonly limits: ChunkLinkLimits;
}

/** One client's connection. Its requests are answered a few at a time, each as soon as it can be. */
class ChunkConnection {
  /** It has shown a ticket that opened something. */
  isTrusted = false;
  readonly #socket: Socket;
  readonly #parts: ConnectionParts;
  readonly #owner: string;
  readonly #waiting: ChunkRequest[] = [];
  #line = new Uint8Array(0);
  #running = 0;
  #refusals = 0;

  constructor(socket: Socket, parts: ConnectionParts) {
    this.#socket = socket;
    this.#parts = parts;
    this.#owner = ownerOf({ principal: undefined, remoteAddress: socket.remoteAddress ?? '' });
    socket.setNoDelay(true);
    // Silence, and a reply of which nothing is taken, both count.
    socket.setTimeout(parts.limits.idleMs, () => socket.destroy());
    socket.on('error', () => socket.destroy());
    socket.on('end', () => socket.destroy());
    socket.on('data', (bytes: Buffer) => this.receive(bytes));
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Whoever sends what is no request, or more of them than may wait, is cut off. */
  receive(bytes: Uint8Array): void {
    const { requestBytes, waitingRequests } = this.#parts.limits;
    let from = 0;
    for (let end = bytes.indexOf(NEW_LINE); end >= 0; end = bytes.indexOf(NEW_LINE, from)) {
      this.#keep(bytes.subarray(from, end));
      from = end + 1;
      const line = this.#line;
      this.#line = new Uint8Array(0);
      const wanted = line.length > requestBytes ? undefined : decodeRequest(line);
      if (!wanted || this.#waiting.length >= waitingRequests) return this.close();
      this.#waiting.push(wanted);
      this.#answerNext();
    }
    this.#keep(bytes.subarray(from));
    if (this.#line.length > requestBytes) this.close();
  }

  #keep(bytes: Uint8Array): void {
    const line = new Uint8Array(this.#line.length + bytes.length);
    line.set(this.#line);
    line.set(bytes, this.#line.length);
    this.#line = line;
  }

  #answerNext(): void {
    if (this.#running >= this.#parts.limits.chunksAtOnce || this.#socket.destroyed) return;
    const wanted = this.#waiting.shift();
    if (!wanted) return;
    this.#running++;
    void this.#answer(wanted).finally(() => {
      this.#running--;
      this.#answerNext();
    });
  }

  async #answer(wanted: ChunkRequest): Promise<void> {
    try {
      const chunk = this.#parts.reader.open(wanted);
      this.isTrusted = true;
      using _room = this.#hold(chunk.length);
      await this.#send(wanted.id, await chunk.read());
    } catch (error) {
      this.#refuse(wanted.id, error);
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
