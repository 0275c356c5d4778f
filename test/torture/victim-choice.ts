import type { Seeded } from '../support/seeded.ts';

/**
 * Who is killed where, in turn for every target: the part that is at the point, and that part with
 * another one, either of them first; then each other part alone and each other two together. The seed
 * decides the order.
 */
export class VictimChoice {
  readonly #seeded: Seeded;
  readonly #parts: readonly string[];
  readonly #turns = new Map<string, string[][]>();
  /** The sets that were killed together so far. */
  readonly killed: Set<string> = new Set();

  constructor(seeded: Seeded, parts: readonly string[]) {
    this.#seeded = seeded;
    this.#parts = parts;
  }

  next(target: string, part: string): readonly string[] {
    const turns = this.#turns.get(target) ?? this.#sets(part);
    const next = turns.shift() ?? [part];
    if (turns.length > 0) this.#turns.set(target, turns);
    else this.#turns.delete(target);
    return next;
  }

  note(killed: readonly string[]): void {
    if (killed.length > 0) this.killed.add([...killed].sort().join(' and '));
  }

  #sets(part: string): string[][] {
    const others = this.#seeded.shuffled(this.#parts.filter((other) => other !== part));
    const withPart = others.map((other) => [part, other]);
    const pairs = others.flatMap((one, i) => others.slice(i + 1).map((other) => [one, other]));
    const rest = [...withPart.slice(1), ...others.map((other) => [other]), ...pairs];
    const first = this.#seeded.shuffled([[part], ...withPart.slice(0, 1)]);
    return [...first, ...this.#seeded.shuffled(rest)];
  }
}
