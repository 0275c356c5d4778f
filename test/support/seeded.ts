/** Choices that can be made again: all of them follow from the seed (mulberry32). */
export class Seeded {
  readonly seed: number;
  #state: number;

  constructor(seed: number) {
    this.seed = seed;
    this.#state = seed >>> 0;
  }

  /** From the environment, where a run is to be repeated; else a new one. The caller prints it. */
  static fromEnvironment(): Seeded {
    const named = process.env['HOLDFAST_TEST_SEED'];
    return new Seeded(named === undefined ? Date.now() % 1_000_000_007 : Number(named));
  }

  /** Independent choices for one of several that run side by side. */
  branch(number: number): Seeded {
    return new Seeded((this.seed ^ Math.imul(number + 1, 0x9e37_79b9)) >>> 0);
  }

  /** A whole number from 0 to `below - 1`. */
  below(below: number): number {
    this.#state = (this.#state + 0x6d2b_79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  }

  pick<T>(items: readonly T[]): T {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('There is nothing to choose from');
    return item;
  }

  shuffled<T>(items: readonly T[]): T[] {
    const left = [...items];
    return items.flatMap(() => left.splice(this.below(left.length), 1));
  }

  /** Bytes that no compression and no equal chunk makes easier to store. */
  bytes(length: number): Uint8Array {
    const words = new Uint32Array(Math.ceil(length / 4));
    let state = this.below(0xffff_ffff) | 1;
    for (let index = 0; index < words.length; index++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      words[index] = state;
    }
    return new Uint8Array(words.buffer, 0, length);
  }
}
