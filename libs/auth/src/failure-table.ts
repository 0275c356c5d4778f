import type { Clock } from '@holdfast/kernel';
import { AUTH_LIMITS, type FailureRule } from './limits.ts';

interface Failures {
  readonly level: number;
  readonly atMs: number;
}

/**
 * Failed logins by some key, under one rule: a leaky bucket, whose level decides the wait. Bounded:
 * the key that failed longest ago is forgotten first.
 */
export class FailureTable {
  readonly #clock: Clock;
  readonly #rule: FailureRule;
  /** In order of the last failure. */
  readonly #failures: Map<string, Failures> = new Map();

  constructor(clock: Clock, rule: FailureRule) {
    this.#clock = clock;
    this.#rule = rule;
  }

  add(key: string): void {
    const level = this.#level(key) + 1;
    this.#failures.delete(key);
    this.#failures.set(key, { level, atMs: this.#clock.monotonicMs() });
    if (this.#failures.size <= AUTH_LIMITS.rememberedFailures) return;
    for (const oldest of this.#failures.keys()) {
      this.#failures.delete(oldest);
      break;
    }
  }

  clear(key: string): void {
    this.#failures.delete(key);
  }

  /** How long to delay an attempt now, with what is forgiven by now. */
  delayMs(key: string): number {
    return this.#waitAt(this.#level(key));
  }

  /** What is left of the wait that the last failure began. */
  remainingMs(key: string): number {
    const failures = this.#failures.get(key);
    if (failures === undefined) return 0;
    const endMs = failures.atMs + this.#waitAt(failures.level);
    return Math.max(0, endMs - this.#clock.monotonicMs());
  }

  #waitAt(level: number): number {
    const { free, firstWaitMs, longestWaitMs } = this.#rule;
    if (level <= free) return 0;
    return Math.min(firstWaitMs * 2 ** (Math.ceil(level - free) - 1), longestWaitMs);
  }

  #level(key: string): number {
    const failures = this.#failures.get(key);
    if (failures === undefined) return 0;
    const forgiven = (this.#clock.monotonicMs() - failures.atMs) / this.#rule.forgiveMs;
    return Math.max(0, failures.level - forgiven);
  }
}
