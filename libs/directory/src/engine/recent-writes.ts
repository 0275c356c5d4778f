import { ENGINE_LIMITS } from './limits.ts';

/** Someone who reads, and may be told that what was read has changed. */
export interface Reading {
  /** The stamp at which it began. */
  readonly since: number;
}

interface Written {
  readonly stamp: number;
  readonly keys: readonly string[];
}

/**
 * Which keys were written lately, for as long as somebody reads who began before. Each write gets a
 * stamp of its own, which only grows.
 */
export class RecentWrites {
  #stamp = 0;
  /** Writes up to this stamp were forgotten. */
  #floor = 0;
  #log: Written[] = [];
  #loggedKeys = 0;
  readonly #last = new Map<string, number>();
  /** In the order in which they began. */
  readonly #readings = new Set<Reading>();

  get stamp(): number {
    return this.#stamp;
  }

  begin(): Reading {
    const reading = { since: this.#stamp };
    this.#readings.add(reading);
    return reading;
  }

  end(reading: Reading): void {
    this.#readings.delete(reading);
    const [oldest] = this.#readings;
    this.#forget(oldest ? oldest.since : this.#stamp);
  }

  /** Notes that these keys, as `keyText`, have new values now. */
  written(keys: Iterable<string>): void {
    this.#stamp++;
    if (this.#readings.size === 0) {
      this.#floor = this.#stamp;
      return;
    }
    const written = { stamp: this.#stamp, keys: [...keys] };
    for (const key of written.keys) this.#last.set(key, this.#stamp);
    this.#log.push(written);
    this.#loggedKeys += written.keys.length;
    if (this.#loggedKeys > ENGINE_LIMITS.recentKeys) {
      this.#forget(this.#log[this.#log.length >>> 1]?.stamp ?? this.#stamp);
    }
  }

  keyChanged(key: string, since: number): boolean {
    return since < this.#floor || (this.#last.get(key) ?? 0) > since;
  }

  rangeChanged(from: string, to: string, since: number): boolean {
    if (since < this.#floor) return true;
    for (let i = this.#log.length - 1; i >= 0; i--) {
      const written = this.#log[i];
      if (!written || written.stamp <= since) return false;
      if (written.keys.some((key) => key >= from && key < to)) return true;
    }
    return false;
  }

  #forget(upTo: number): void {
    let count = 0;
    for (const { stamp, keys } of this.#log) {
      if (stamp > upTo) break;
      count++;
      this.#loggedKeys -= keys.length;
      for (const key of keys) if (this.#last.get(key) === stamp) this.#last.delete(key);
    }
    if (count > 0) this.#log.splice(0, count);
    this.#floor = Math.max(this.#floor, upTo);
  }
}
