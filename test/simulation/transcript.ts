import { isHoldfastError } from '@holdfast/contracts';
import type { Clock } from '@holdfast/kernel';

const STACK_FRAME = /\n +at .*/g;

/** What happened in one simulation, line by line, and a hash over all of it. */
export class Transcript {
  readonly lines: string[] = [];
  #low = 0x9e3779b9;
  #high = 0x243f6a88;
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Equal for two runs only if the same things happened in the same order. */
  get hash(): string {
    return [this.#high, this.#low]
      .map((word) => (word >>> 0).toString(16).padStart(8, '0'))
      .join('');
  }

  note(text: string): void {
    const line = `${(this.#clock.monotonicMs() / 1000).toFixed(3).padStart(9)} ${text}`;
    this.lines.push(line);
    // Where in a program an error was made differs from one build to the next.
    this.count(line.replaceAll(STACK_FRAME, ''));
  }

  problem(what: string, error: unknown): void {
    this.note(`${what}: ${errorText(error)}`);
  }

  /**
   * Something too small to be read, which counts for the hash all the same. Every message counts, so
   * the hash is a cheap one (two lanes of FNV-1a, mixed): it tells apart runs, not adversaries.
   */
  count(text: string): void {
    let low = this.#low;
    let high = this.#high;
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      low = Math.imul(low ^ code, 0x01000193);
      high = Math.imul(high ^ code, 0x85ebca6b);
    }
    this.#low = low ^ (high >>> 15);
    this.#high = high ^ (low >>> 13);
  }
}

/** Code and message of an error and what caused it; a stack where it was none of ours. */
export function errorText(error: unknown): string {
  if (!isHoldfastError(error)) return error instanceof Error ? (error.stack ?? '') : String(error);
  const cause = error.cause === undefined ? '' : ` <- ${errorText(error.cause)}`;
  return `${error.code}: ${error.message}${cause}`;
}
