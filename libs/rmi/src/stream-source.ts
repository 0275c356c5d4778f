import { HoldfastError } from '@holdfast/contracts';
import type { ByteParts } from '@holdfast/kernel';
import { joinParts, partsLength, utf8 } from '@holdfast/kernel';
import { WIRE_LIMITS } from './limits.ts';

/** What an outgoing stream takes its payload from. */
export interface StreamSource {
  /** Whether `take` would give something now. */
  readonly available: boolean;
  /** No more payload will come. */
  readonly finished: boolean;
  /** Why it finished early, if it did. */
  readonly failure: unknown;
  /** Takes the next payload of at most `maxBytes`; an item is taken whole. */
  take(maxBytes: number): ByteParts;
  /** Nobody wants the rest. */
  cancel(reason: Error): void;
}

/** Bytes that are all in memory. */
export class BytesSource implements StreamSource {
  readonly failure = undefined;
  readonly #parts: ByteParts;
  #part = 0;
  #offset = 0;
  #left: number;

  constructor(parts: ByteParts) {
    this.#parts = parts;
    this.#left = partsLength(parts);
  }

  get available(): boolean {
    return this.#left > 0;
  }

  get finished(): boolean {
    return this.#left === 0;
  }

  take(maxBytes: number): ByteParts {
    const taken: Uint8Array[] = [];
    let room = maxBytes;
    while (room > 0 && this.#left > 0) {
      const part = this.#parts[this.#part] ?? new Uint8Array();
      const piece = part.subarray(this.#offset, this.#offset + room);
      this.#offset += piece.length;
      if (this.#offset === part.length) {
        this.#part++;
        this.#offset = 0;
      }
      if (piece.length > 0) taken.push(piece);
      room -= piece.length;
      this.#left -= piece.length;
    }
    return taken.length > WIRE_LIMITS.frameParts ? [joinParts(taken)] : taken;
  }

  cancel(): void {
    this.#left = 0;
  }
}

/** Where a pulled source gets its chunks from; `undefined` is the end. */
export interface Pull {
  next(): Promise<Uint8Array | undefined>;
  cancel(reason: Error): Promise<unknown>;
}

/** A source that is read one chunk ahead, as its chunks are taken. */
export class PulledSource implements StreamSource {
  finished = false;
  failure: unknown = undefined;
  readonly #pull: Pull;
  readonly #whole: boolean;
  readonly #wake: () => void;
  #chunk: Uint8Array | undefined;

  /** `whole`: a chunk is never cut. `wake` is called when there is something to take or to end. */
  constructor(pull: Pull, whole: boolean, wake: () => void) {
    this.#pull = pull;
    this.#whole = whole;
    this.#wake = wake;
    void this.#next();
  }

  get available(): boolean {
    return this.#chunk !== undefined;
  }

  take(maxBytes: number): ByteParts {
    const chunk = this.#chunk;
    if (!chunk) return [];
    if (this.#whole || chunk.length <= maxBytes) {
      this.#chunk = undefined;
      void this.#next();
      return [chunk];
    }
    this.#chunk = chunk.subarray(maxBytes);
    return [chunk.subarray(0, maxBytes)];
  }

  cancel(reason: Error): void {
    if (this.finished) return;
    this.finished = true;
    this.#chunk = undefined;
    // A source that fails while it is told to stop has nobody left to tell.
    this.#pull.cancel(reason).catch(() => {});
  }

  async #next(): Promise<void> {
    try {
      let chunk = await this.#pull.next();
      while (chunk?.length === 0) chunk = await this.#pull.next();
      if (this.finished) return;
      this.#chunk = chunk;
      this.finished = chunk === undefined;
    } catch (error) {
      if (this.finished) return;
      this.finished = true;
      this.failure = error;
    }
    this.#wake();
  }
}

/** Pulls the chunks of a stream of bytes. */
export function pullBytes(stream: ReadableStream<Uint8Array>): Pull {
  const reader = stream.getReader();
  return {
    next: async () => {
      const { value } = await reader.read();
      return value;
    },
    cancel: (reason) => reader.cancel(reason),
  };
}

/** Pulls items as JSON; an item that is larger than a frame fails the stream. */
export function pullItems(iterable: AsyncIterable<unknown>, maxBytes: number): Pull {
  const iterator = iterable[Symbol.asyncIterator]();
  return {
    next: async () => {
      const { done, value } = await iterator.next();
      if (done) return undefined;
      const json = utf8(JSON.stringify(value));
      if (json.length <= maxBytes) return json;
      throw new HoldfastError(
        'limit-exceeded',
        `An item of ${json.length} bytes is larger than the ${maxBytes} allowed in a stream.`,
      );
    },
    cancel: async () => await iterator.return?.(),
  };
}
