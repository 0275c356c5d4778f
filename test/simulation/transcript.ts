import { isHoldfastError } from '@holdfast/contracts';
import type { Clock } from '@holdfast/kernel';

const STACK_FRAME = /\n +at .*/g;

/** What a line tells: what users do, what is done to the cluster, what its parts have to say, and in which state they are. */
export type LineKind = 'operation' | 'event' | 'report' | 'state';

export interface TranscriptLine {
  readonly atMs: number;
  readonly kind: LineKind;
  readonly text: string;
}

/** What happened in one simulation, line by line, and a hash over all of it. */
export class Transcript {
  readonly lines: TranscriptLine[] = [];
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

  note(text: string, kind: LineKind): void {
    const line = { atMs: this.#clock.monotonicMs(), kind, text };
    this.lines.push(line);
    // Where in a program an error was made differs from one build to the next.
    this.count(lineText(line).replaceAll(STACK_FRAME, ''));
  }

  problem(what: string, error: unknown): void {
    this.note(`${what}: ${errorText(error)}`, 'report');
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

export function lineText({ atMs, text }: Omit<TranscriptLine, 'kind'>): string {
  return `${secondsText(atMs).padStart(9)} ${text}`;
}

export function secondsText(ms: number): string {
  return (ms / 1000).toFixed(3);
}

/** Code and message of an error and what caused it; a stack where it was none of ours. */
export function errorText(error: unknown): string {
  if (!isHoldfastError(error)) return error instanceof Error ? (error.stack ?? '') : String(error);
  const cause = error.cause === undefined ? '' : ` <- ${errorText(error.cause)}`;
  return `${error.code}: ${error.message}${cause}`;
}
