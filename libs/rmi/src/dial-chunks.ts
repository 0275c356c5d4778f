import { connect, type Socket } from 'node:net';
import {
  DATA_LIMITS,
  HoldfastError,
  type ChunkLink,
  type PutOutcome,
  type TicketPut,
  type TicketRead,
} from '@holdfast/contracts';
import {
  assert,
  deferred,
  latin1,
  type ByteParts,
  type Deferred,
  type LentParts,
} from '@holdfast/kernel';
import {
  CHUNK_PROTOCOL,
  CHUNK_SERVER_HEADER,
  decodeError,
  decodeOutcome,
  decodeReplyHeader,
  encodeRequest,
  REPLY_HEADER_BYTES,
  type ReplyHeader,
  type ReplyKind,
} from './chunk-wire.ts';
import { CHUNK_LINK_LIMITS, type ChunkLinkLimits } from './limits.ts';

/** Memory of a chunk's size for use again. */
export interface ChunkBuffers {
  take(): Uint8Array;
  give(buffer: Uint8Array): void;
}

export interface DialChunksOptions {
  /** `ws://HOST:PORT` of a file server. */
  readonly address: string;
  /** What it must call itself. */
  readonly server: string;
  readonly buffers: ChunkBuffers;
  readonly limits?: ChunkLinkLimits;
}

/** Connects to a file server in order to read and put chunks with tickets. */
export function dialChunks(options: DialChunksOptions): ChunkLink {
  return new SocketChunkLink(options);
}

/** A reply that is waited for. */
interface Asked {
  /** What it is if all goes well. */
  readonly kind: ReplyKind;
  /** Takes it; `room` is the memory that `payload` stands in. */
  readonly settle: (payload: Uint8Array, room: Uint8Array) => void;
  readonly fail: (error: unknown) => void;
}

/** What is asked of the server, and what becomes of its reply. */
interface Question<T> {
  readonly kind: ReplyKind;
  readonly request: (id: number) => readonly Uint8Array[];
  readonly result: (payload: Uint8Array, room: Uint8Array) => T;
  readonly unwanted: (payload: Uint8Array, room: Uint8Array) => void;
  readonly signal: AbortSignal | undefined;
}

/**
 * Reads each reply into the very memory that it is given out in: the kernel's copy is the only one, and
 * of long ones nothing is left for a collection (measured: a third of the time of receiving over
 * WebSocket).
 */
class SocketChunkLink implements ChunkLink {
  readonly ready: Promise<void>;
  readonly ended: AbortSignal;
  readonly #options: DialChunksOptions;
  readonly #socket: Socket;
  readonly #over = new AbortController();
  readonly #connected: Deferred<void> = deferred();
  readonly #asked = new Map<number, Asked>();
  readonly #limits: ChunkLinkLimits;
  readonly #head: Uint8Array;
  #phase: 'greeting' | 'header' | 'payload' = 'greeting';
  #reply: ReplyHeader | undefined;
  /** What the target is the beginning of. */
  #room: Uint8Array;
  /** What is being filled: as much as is expected, or at most as much. */
  #target: Uint8Array;
  #filled = 0;
  #lastId = 0;

  constructor(options: DialChunksOptions) {
    this.#options = options;
    this.#limits = options.limits ?? CHUNK_LINK_LIMITS;
    this.#head = new Uint8Array(this.#limits.headBytes);
    this.#room = this.#head;
    this.#target = this.#head;
    this.ready = this.#connected.promise;
    this.ended = this.#over.signal;
    const { hostname, port, host } = new URL(options.address);
    this.#socket = connect({
      host: hostname.replace(/^\[(.*)\]$/, '$1'),
      port: Number(port || 80),
      noDelay: true,
      onread: {
        buffer: () => this.#target.subarray(this.#filled),
        callback: (count) => {
          this.#received(count);
          return true;
        },
      },
    });
    this.#socket.setTimeout(this.#limits.dialMs, () => this.#end('it does not answer'));
    this.#socket.once('connect', () =>
      this.#socket.write(
        `GET / HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: ${CHUNK_PROTOCOL}\r\n\r\n`,
      ),
    );
    this.#socket.on('error', (error) => this.#end(error.message));
    this.#socket.on('close', () => this.#end('the connection was lost'));
  }

  async read({ file, hash, ticket }: TicketRead, signal?: AbortSignal): Promise<LentParts> {
    return await this.#ask<LentParts>({
      kind: 'content',
      request: (id) => [encodeRequest({ id, file, hash, ticket })],
      result: (payload, room) => this.#lend(payload, room),
      // Nobody waits for it any more, but it came.
      unwanted: (_, room) => this.#giveBack(room),
      signal,
    });
  }

  async put(
    { file, hash, length, tickets }: TicketPut,
    content: ByteParts,
    signal?: AbortSignal,
  ): Promise<PutOutcome> {
    return await this.#ask<PutOutcome>({
      kind: 'outcome',
      request: (id) => [encodeRequest({ id, file, hash, length, tickets }), ...content],
      result: (payload) => decodeOutcome(payload),
      unwanted: () => {},
      signal,
    });
  }

  close(): void {
    this.#end('it was closed');
  }

  /** Sends it once there is a connection. */
  async #ask<T>({ kind, request, result, unwanted, signal }: Question<T>): Promise<T> {
    signal?.throwIfAborted();
    const answer = deferred<T>();
    let isGivenUp = false;
    const send = (): void => {
      if (isGivenUp) return;
      if (this.ended.aborted) throw this.ended.reason;
      const id = (this.#lastId = (this.#lastId + 1) % 2 ** 32);
      this.#asked.set(id, {
        kind,
        settle: (payload, room) => {
          if (isGivenUp) unwanted(payload, room);
          else answer.resolve(result(payload, room));
        },
        fail: (error) => answer.reject(error),
      });
      this.#socket.cork();
      for (const piece of request(id)) this.#socket.write(piece);
      this.#socket.uncork();
    };
    this.ready.then(send).catch((error: unknown) => answer.reject(error));
    const onAbort = (): void => {
      isGivenUp = true;
      answer.reject(signal?.reason);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      return await answer.promise;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  #received(count: number): void {
    if (this.ended.aborted) return;
    this.#filled += count;
    try {
      if (this.#phase === 'greeting') this.#greeted();
      else if (this.#filled === this.#target.length) this.#complete();
    } catch (error) {
      this.#end(error instanceof Error ? error.message : String(error));
    }
  }

  #expect(phase: 'header' | 'payload', target: Uint8Array): void {
    this.#phase = phase;
    this.#target = target;
    this.#filled = 0;
  }

  /** Nothing follows the greeting before something was asked for. */
  #greeted(): void {
    const text = latin1(this.#target.subarray(0, this.#filled));
    const [status = '', ...headers] = text.split('\r\n');
    const isAccepted = status.startsWith('HTTP/1.1 101 ');
    if (headers.length > 0 && !isAccepted) throw new Error(`it answers "${status}"`);
    if (!text.endsWith('\r\n\r\n')) {
      if (this.#filled === this.#target.length) throw new Error('it does not speak as agreed');
      return;
    }
    const name = headers
      .map((line) => line.split(': '))
      .find(([key]) => key?.toLowerCase() === CHUNK_SERVER_HEADER)?.[1];
    if (name !== this.#options.server) throw new Error(`another server (${name}) answers there`);
    this.#socket.setTimeout(0);
    this.#expect('header', this.#head.subarray(0, REPLY_HEADER_BYTES));
    this.#connected.resolve();
  }

  #complete(): void {
    if (this.#phase === 'header') this.#begin(decodeReplyHeader(this.#target));
    else this.#finish();
  }

  #begin(reply: ReplyHeader | undefined): void {
    const asked = reply && this.#asked.get(reply.id);
    const most = reply?.kind === 'content' ? DATA_LIMITS.chunkBytes : this.#limits.headBytes;
    const isAnswer = reply?.kind === 'error' || (asked && reply?.kind === asked.kind);
    if (!asked || !isAnswer || reply.length === 0 || reply.length > most) {
      throw new Error('it does not speak as agreed');
    }
    this.#reply = reply;
    this.#room = reply.kind === 'content' ? this.#roomFor(reply.length) : this.#head;
    this.#expect('payload', this.#room.subarray(0, reply.length));
  }

  /** Short ones get memory of their own, since many may be in use at once. */
  #roomFor(length: number): Uint8Array {
    return this.#isShort(length) ? new Uint8Array(length) : this.#options.buffers.take();
  }

  #isShort(length: number): boolean {
    return length <= this.#limits.shortChunkBytes;
  }

  #finish(): void {
    const reply = this.#reply;
    assert(reply, 'a payload belongs to a reply');
    const asked = this.#asked.get(reply.id);
    const [payload, room] = [this.#target, this.#room];
    this.#expect('header', this.#head.subarray(0, REPLY_HEADER_BYTES));
    if (reply.kind === 'error') asked?.fail(decodeError(payload));
    else asked?.settle(payload, room);
    this.#asked.delete(reply.id);
  }

  #lend(content: Uint8Array, room: Uint8Array): LentParts {
    let isLent = true;
    const giveBack = (): void => {
      if (isLent) this.#giveBack(room);
      isLent = false;
    };
    return Object.assign([content], { [Symbol.dispose]: giveBack });
  }

  #giveBack(room: Uint8Array): void {
    if (!this.#isShort(room.length)) this.#options.buffers.give(room);
  }

  #end(why: string): void {
    if (this.ended.aborted) return;
    const { server } = this.#options;
    const error = new HoldfastError('disconnected', `${server} moves no chunks: ${why}.`);
    this.#over.abort(error);
    this.#socket.destroy();
    this.#connected.reject(error);
    for (const asked of this.#asked.values()) asked.fail(error);
    this.#asked.clear();
  }
}
