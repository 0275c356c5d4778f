import { HoldfastError } from '@holdfast/contracts';
import type { ByteParts } from '@holdfast/kernel';
import { partsLength, utf8 } from '@holdfast/kernel';
import type { Connection } from './connection.ts';
import { FRAME, frameCost, frameHeader } from './frame.ts';
import type { RmiLimits } from './limits.ts';
import {
  BytesSource,
  PulledSource,
  pullBytes,
  pullItems,
  type Pull,
  type StreamSource,
} from './stream-source.ts';
import { toWireError } from './wire-error.ts';

/** How a stream that this side sends came to its end. */
export type StreamOutcome = 'complete' | 'failed' | 'unwanted' | 'disconnected';

interface OutgoingStream {
  readonly id: number;
  readonly source: StreamSource;
  /** Bytes that may be sent before the reader grants more. */
  credit: number;
  /** Waits for its turn in the ring. */
  queued: boolean;
  /** Bytes need no end frame: their length went ahead. */
  readonly isBytes: boolean;
  readonly onDone: (outcome: StreamOutcome) => void;
}

/**
 * All streams that one end of a connection sends. They take turns frame by frame, and a frame leaves
 * only when the connection's backlog is at most one frame: so neither a large stream nor a slow
 * reader delays the others, or the calls between them.
 */
export class OutgoingStreams {
  readonly #connection: Connection;
  readonly #limits: RmiLimits;
  readonly #streams = new Map<number, OutgoingStream>();
  #ring: OutgoingStream[] = [];
  /** Told when no run of bytes is under way any more. */
  #onBytesSent: (() => void)[] = [];
  #lastId = 0;
  #closed = false;

  constructor(connection: Connection, limits: RmiLimits) {
    this.#connection = connection;
    this.#limits = limits;
  }

  get open(): number {
    return this.#streams.size;
  }

  /** Starts a run of bytes and returns its number; call `pump` once the number has been sent. */
  bytes(parts: ByteParts, onDone: (outcome: StreamOutcome) => void = () => {}): number {
    return this.#add(() => new BytesSource(parts), true, onDone);
  }

  byteStream(
    stream: ReadableStream<Uint8Array>,
    onDone: (outcome: StreamOutcome) => void = () => {},
  ): number {
    return this.#addPulled(pullBytes(stream), false, onDone);
  }

  items(
    iterable: AsyncIterable<unknown>,
    onDone: (outcome: StreamOutcome) => void = () => {},
  ): number {
    return this.#addPulled(pullItems(iterable, this.#limits.frameBytes), true, onDone);
  }

  /** Resolves once no run of bytes is under way; other streams may go on. */
  bytesSent(): Promise<void> {
    if (!this.#sendsBytes()) return Promise.resolve();
    return new Promise((resolve) => this.#onBytesSent.push(resolve));
  }

  /** Sends what may be sent now. */
  pump(): void {
    while (this.#ring.length > 0 && this.#connection.backlogBytes <= this.#limits.frameBytes) {
      const stream = this.#ring.shift();
      if (!stream) return;
      stream.queued = false;
      this.#sendFrame(stream);
      this.#enqueue(stream);
    }
  }

  /** The reader grants more. */
  credit(id: number, bytes: number): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    stream.credit += bytes;
    this.#enqueue(stream);
    this.pump();
  }

  /** The reader, or the end of the call, wants no more of a stream. */
  stop(id: number, outcome: 'unwanted' | 'failed', reason: Error): void {
    const stream = this.#streams.get(id);
    if (!stream) return;
    if (outcome === 'failed') this.#sendError(stream.id, reason);
    stream.source.cancel(reason);
    this.#finish(stream, outcome);
  }

  /** The connection is gone. */
  close(reason: Error): void {
    this.#closed = true;
    for (const stream of this.#streams.values()) {
      stream.source.cancel(reason);
      this.#finish(stream, 'disconnected');
    }
  }

  #addPulled(pull: Pull, whole: boolean, onDone: (outcome: StreamOutcome) => void): number {
    if (this.#streams.size >= this.#limits.streams || this.#closed) {
      const reason = new HoldfastError(
        'limit-exceeded',
        `This connection has ${this.#streams.size} streams open already. Finish some first.`,
      );
      pull.cancel(reason).catch(() => {});
      throw reason;
    }
    return this.#add((wake) => new PulledSource(pull, whole, wake), false, onDone);
  }

  #add(
    makeSource: (wake: () => void) => StreamSource,
    isBytes: boolean,
    onDone: (outcome: StreamOutcome) => void,
  ): number {
    const id = ++this.#lastId;
    const source = makeSource(() => {
      const stream = this.#streams.get(id);
      if (!stream) return;
      this.#enqueue(stream);
      this.pump();
    });
    const credit = this.#limits.windowBytes;
    const stream = { id, source, credit, queued: false, isBytes, onDone };
    if (this.#closed || (isBytes && source.finished)) {
      onDone('complete');
      return id;
    }
    this.#streams.set(id, stream);
    this.#enqueue(stream);
    return id;
  }

  #enqueue(stream: OutgoingStream): void {
    if (stream.queued || !this.#streams.has(stream.id)) return;
    const { source } = stream;
    const canSend = source.available ? stream.credit > 0 : source.finished;
    if (!canSend) return;
    stream.queued = true;
    this.#ring.push(stream);
  }

  #sendFrame(stream: OutgoingStream): void {
    const { source } = stream;
    if (!this.#streams.has(stream.id)) return;
    if (source.available) {
      const parts = source.take(Math.min(this.#limits.frameBytes, stream.credit));
      stream.credit -= frameCost(partsLength(parts));
      this.#connection.sendBytes([frameHeader(FRAME.data, stream.id), ...parts]);
    }
    if (!source.finished || source.available) return;
    if (source.failure !== undefined) this.#sendError(stream.id, source.failure);
    else if (!stream.isBytes) this.#connection.sendBytes([frameHeader(FRAME.end, stream.id)]);
    this.#finish(stream, source.failure === undefined ? 'complete' : 'failed');
  }

  #sendError(id: number, error: unknown): void {
    if (this.#closed) return;
    const payload = utf8(JSON.stringify(toWireError(error, '')));
    this.#connection.sendBytes([frameHeader(FRAME.error, id), payload]);
  }

  #finish(stream: OutgoingStream, outcome: StreamOutcome): void {
    if (!this.#streams.delete(stream.id)) return;
    if (stream.queued) this.#ring = this.#ring.filter((other) => other !== stream);
    stream.onDone(outcome);
    if (this.#onBytesSent.length === 0 || this.#sendsBytes()) return;
    for (const resolve of this.#onBytesSent.splice(0)) resolve();
  }

  #sendsBytes(): boolean {
    return [...this.#streams.values()].some(({ isBytes }) => isBytes);
  }
}
