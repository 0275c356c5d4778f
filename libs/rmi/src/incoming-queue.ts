import type { HoldfastError } from '@holdfast/contracts';
import { deferred, type Deferred } from '@holdfast/kernel';
import { frameCost } from './frame.ts';

/** How a queue answers the stream's sender. */
export interface QueueFeedback {
  /** The sender may send this many bytes more. */
  grant(bytes: number): void;
  /** The sender should stop. */
  reset(): void;
}

/**
 * The unread frames of one incoming stream. Reading grants the sender credit, in steps of a quarter of
 * the window, so that a slow reader holds back its writer and nobody else.
 */
export class IncomingQueue {
  readonly #feedback: QueueFeedback;
  readonly #stepBytes: number;
  #frames: Uint8Array[] = [];
  #unread = 0;
  #ungranted = 0;
  #ended = false;
  #failure: HoldfastError | undefined;
  #arrival: Deferred<void> | undefined;

  constructor(feedback: QueueFeedback, windowBytes: number) {
    this.#feedback = feedback;
    this.#stepBytes = windowBytes / 4;
  }

  /** The credit that the unread frames used up. */
  get unread(): number {
    return this.#unread;
  }

  push(frame: Uint8Array): void {
    if (this.#ended) return;
    this.#frames.push(frame);
    this.#unread += frameCost(frame.length);
    this.#wake();
  }

  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** The reader gets what has arrived, then the failure. */
  fail(failure: HoldfastError): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#failure = failure;
    this.#wake();
  }

  /** The next frame; nothing at the end. One reader at a time. */
  async next(): Promise<Uint8Array | undefined> {
    for (;;) {
      const frame = this.#frames.shift();
      if (frame) {
        this.#consumed(frameCost(frame.length));
        return frame;
      }
      if (this.#failure) throw this.#failure;
      if (this.#ended) return undefined;
      this.#arrival = deferred();
      await this.#arrival.promise;
    }
  }

  /** The reader wants no more. `failure`, if given, is what a waiting reader gets. */
  cancel(failure?: HoldfastError): void {
    if (!this.#ended) this.#feedback.reset();
    this.#ended = true;
    this.#failure ??= failure;
    this.#frames = [];
    this.#unread = 0;
    this.#wake();
  }

  #consumed(cost: number): void {
    this.#unread -= cost;
    this.#ungranted += cost;
    if (this.#ended || this.#ungranted < this.#stepBytes) return;
    this.#feedback.grant(this.#ungranted);
    this.#ungranted = 0;
  }

  #wake(): void {
    this.#arrival?.resolve();
    this.#arrival = undefined;
  }
}
