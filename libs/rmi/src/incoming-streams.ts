import { HoldfastError } from '@holdfast/contracts';
import type { ByteParts } from '@holdfast/kernel';
import { fromUtf8, joinParts, partsLength } from '@holdfast/kernel';
import type * as z from 'zod';
import type { Connection } from './connection.ts';
import { creditFrame, FRAME, frameCost, frameHeader } from './frame.ts';
import { IncomingQueue } from './incoming-queue.ts';
import { fromWireError, isRecord } from './wire-error.ts';
import { WIRE_LIMITS, type RmiLimits } from './limits.ts';

interface IncomingStream {
  push(payload: ByteParts): void;
  end(): void;
  fail(failure: HoldfastError): void;
  cancel(failure?: HoldfastError): void;
}

/** Hears how a run of bytes ended; one of the two, once. */
export interface BytesReceiver {
  whole(parts: ByteParts): void;
  failed(error: unknown): void;
}

/** All streams that one end of a connection receives. */
export class IncomingStreams {
  readonly #connection: Connection;
  readonly #limits: RmiLimits;
  readonly #streams = new Map<number, IncomingStream>();
  /** The streams that are not bytes: these are limited in number. */
  readonly #queues = new Set<number>();
  /** What ends a stream's tie to its reader's signal. */
  readonly #ties = new Map<number, () => void>();
  #closed: HoldfastError | undefined;

  constructor(connection: Connection, limits: RmiLimits) {
    this.#connection = connection;
    this.#limits = limits;
  }

  /** Bytes of one stream that may lie unread. */
  get windowBytes(): number {
    return this.#limits.windowBytes;
  }

  /**
   * Collects `length` bytes, frame by frame as they came, for `receiver`. The whole length is granted
   * at once. No bytes at all are whole before this returns.
   */
  bytes(id: number, length: number, receiver: BytesReceiver): void {
    if (length === 0) {
      receiver.whole([]);
      return;
    }
    this.#add(id, this.#collector(id, length, receiver));
    const beyondWindow = length - this.#limits.windowBytes;
    if (beyondWindow > 0) this.#send(creditFrame(id, beyondWindow));
  }

  byteStream(id: number): ReadableStream<Uint8Array> {
    const queue = this.#queue(id);
    return new ReadableStream<Uint8Array>(
      {
        pull: async (controller) => {
          const chunk = await queue.next();
          if (chunk) controller.enqueue(chunk);
          else controller.close();
        },
        cancel: () => queue.cancel(),
      },
      { highWaterMark: 0 },
    );
  }

  items(id: number, item: z.ZodType): AsyncIterable<unknown> {
    const queue = this.#queue(id);
    const iterator: AsyncIterator<unknown> = {
      next: async () => {
        const json = await queue.next();
        if (!json) return { done: true, value: undefined };
        return { done: false, value: parseItem(json, item, queue) };
      },
      return: async () => {
        queue.cancel();
        return { done: true, value: undefined };
      },
    };
    return { [Symbol.asyncIterator]: () => iterator };
  }

  data(id: number, payload: ByteParts): void {
    const stream = this.#streams.get(id);
    if (stream) stream.push(payload);
    // Nobody wants it (any more): without this answer its sender would wait for credit for ever.
    else this.#send(frameHeader(FRAME.reset, id));
  }

  end(id: number): void {
    const stream = this.#remove(id);
    stream?.end();
  }

  fail(id: number, payload: Uint8Array): void {
    const stream = this.#remove(id);
    stream?.fail(readFailure(payload));
  }

  /** Ends a stream with `signal`, as long as it is open. */
  tie(id: number, signal: AbortSignal, failure: () => HoldfastError): void {
    if (!this.#streams.has(id)) return;
    const onAbort = (): void => this.cancel(id, failure());
    signal.addEventListener('abort', onAbort, { once: true });
    this.#ties.set(id, () => signal.removeEventListener('abort', onAbort));
  }

  /** Lets go of a stream whose call is over. */
  cancel(id: number, failure?: HoldfastError): void {
    this.#remove(id)?.cancel(failure);
  }

  /** The connection is gone. */
  close(failure: HoldfastError): void {
    this.#closed = failure;
    for (const id of this.#streams.keys()) this.#remove(id)?.fail(failure);
  }

  #remove(id: number): IncomingStream | undefined {
    const stream = this.#streams.get(id);
    this.#streams.delete(id);
    this.#queues.delete(id);
    this.#ties.get(id)?.();
    this.#ties.delete(id);
    return stream;
  }

  #queue(id: number): IncomingQueue {
    if (this.#queues.size >= this.#limits.streams) {
      throw new HoldfastError(
        'limit-exceeded',
        `This connection has ${this.#queues.size} streams open already. Finish some first.`,
      );
    }
    const queue = new IncomingQueue(
      {
        grant: (bytes) => this.#send(creditFrame(id, bytes)),
        reset: () => {
          this.#remove(id);
          this.#send(frameHeader(FRAME.reset, id));
        },
      },
      this.#limits.windowBytes,
    );
    const bound = this.#limits.windowBytes + this.#limits.frameBytes;
    this.#add(id, {
      push: (payload) => {
        const frame = joinParts(payload);
        if (queue.unread + frameCost(frame.length) > bound) violation(id, 'sent beyond its credit');
        queue.push(frame);
      },
      end: () => queue.end(),
      fail: (failure) => queue.fail(failure),
      cancel: (failure) => queue.cancel(failure),
    });
    this.#queues.add(id);
    return queue;
  }

  #collector(id: number, length: number, receiver: BytesReceiver): IncomingStream {
    const parts: Uint8Array[] = [];
    const maxFrames = length / WIRE_LIMITS.averageFrameBytes + 8;
    let missing = length;
    let frames = 0;
    return {
      push: (payload) => {
        missing -= partsLength(payload);
        if (missing < 0) violation(id, 'is longer than was announced');
        if (frames++ >= maxFrames) violation(id, 'comes in too many small frames');
        parts.push(...payload);
        if (missing > 0) return;
        this.#streams.delete(id);
        receiver.whole(parts);
      },
      end: () => receiver.failed(new HoldfastError('invalid-request', 'Bytes ended early.')),
      fail: (failure) => receiver.failed(failure),
      cancel: (failure) => {
        this.#send(frameHeader(FRAME.reset, id));
        receiver.failed(failure);
      },
    };
  }

  #add(id: number, stream: IncomingStream): void {
    if (this.#closed) throw this.#closed;
    if (this.#streams.has(id)) violation(id, 'is announced twice');
    this.#streams.set(id, stream);
  }

  #send(frame: Uint8Array): void {
    if (!this.#closed) this.#connection.sendBytes([frame]);
  }
}

/** The other end broke the protocol: its connection is closed with this. */
export class ProtocolViolation extends Error {
  override readonly name = 'ProtocolViolation';
}

function violation(id: number, what: string): never {
  throw new ProtocolViolation(`Stream ${id} ${what}`);
}

function parseItem(json: Uint8Array, item: z.ZodType, queue: IncomingQueue): unknown {
  try {
    return item.parse(JSON.parse(fromUtf8(json)));
  } catch (cause) {
    queue.cancel();
    throw new HoldfastError('invalid-argument', 'An item of the stream is not as agreed.', {
      cause,
    });
  }
}

function readFailure(payload: Uint8Array): HoldfastError {
  let told: unknown;
  try {
    told = JSON.parse(fromUtf8(payload));
  } catch {
    // As if nothing had been told.
  }
  if (isRecord(told)) return fromWireError(told);
  return new HoldfastError('cancelled', 'The other end gave a stream up and did not say why.');
}
