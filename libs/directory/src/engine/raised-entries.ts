import { ENGINE_LIMITS } from './limits.ts';
import { KeyWrite } from './key-write.ts';
import type { WriteSet } from './write-set.ts';

/**
 * What entries were raised to by commits that have their place. Two transactions that raise one entry
 * do not notice each other, so the one that takes its place later must not lower it again.
 */
export class RaisedEntries {
  /** By `keyText`; those that were raised last come last. */
  readonly #values = new Map<string, number>();

  /**
   * To be called as `changes` take their place. A value that was raised by a commit which came to
   * nothing afterwards counts on: it was true of the thing that it tells of.
   */
  settle(changes: WriteSet): void {
    if (this.#values.size > 0) {
      for (const text of changes.decidedKeys()) this.#values.delete(text);
    }
    for (const [text, { value, encode }] of changes.raises) {
      const before = this.#values.get(text) ?? value;
      if (before > value) changes.writes.set(text, new KeyWrite(text, encode(before)));
      this.#values.delete(text);
      this.#values.set(text, Math.max(before, value));
    }
    for (const text of this.#values.keys()) {
      if (this.#values.size <= ENGINE_LIMITS.raisedEntries) break;
      this.#values.delete(text);
    }
  }
}
