import { type Deferred, deferred } from '@holdfast/kernel';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';

/** Hands events to one slow reader, and gives up on one that is too far behind (§P10). */
export class EventQueue<T> implements AsyncIterable<T> {
  readonly #events: T[] = [];
  #wake: Deferred<void> = deferred();
  #over = false;
  readonly #atEnd: (() => void)[] = [];

  constructor(ended: AbortSignal) {
    const end = (): void => this.#end();
    ended.addEventListener('abort', end, { once: true });
    this.onEnd(() => ended.removeEventListener('abort', end));
  }

  push(event: T): void {
    if (this.#over) return;
    if (this.#events.length >= LIMITS.watchBacklog) return this.#end();
    this.#events.push(event);
    this.#wake.resolve();
  }

  onEnd(task: () => void): void {
    this.#atEnd.push(task);
  }

  /** A reader that stops is let go at once, and not with the next event. */
  [Symbol.asyncIterator](): AsyncIterator<T> {
    return {
      next: () => this.#next(),
      return: async () => {
        this.#end();
        return { done: true, value: undefined };
      },
    };
  }

  async #next(): Promise<IteratorResult<T>> {
    for (;;) {
      const value = this.#events.shift();
      if (value !== undefined) return { done: false, value };
      if (this.#over) return { done: true, value };
      this.#wake = deferred();
      await this.#wake.promise;
    }
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#wake.resolve();
    for (const task of this.#atEnd) task();
  }
}
