import { ORDERED_MAP_LIMITS } from './limits.ts';

/** A set of keys in order, in pieces of bounded length so that an insertion moves few of them. */
export class SortedKeys {
  /** Never an empty piece, but for the only one. */
  #pieces: string[][] = [[]];

  /** Adds a key that is not in the set. */
  insert(key: string): void {
    const index = this.#pieceOf(key);
    const piece = this.#pieces[index] ?? [];
    piece.splice(firstNotBelow(piece, key), 0, key);
    if (piece.length > ORDERED_MAP_LIMITS.pieceKeys) {
      this.#pieces.splice(index + 1, 0, piece.splice(piece.length >>> 1));
    }
  }

  /** Removes a key that is in the set. */
  delete(key: string): void {
    const index = this.#pieceOf(key);
    const piece = this.#pieces[index] ?? [];
    piece.splice(firstNotBelow(piece, key), 1);
    if (piece.length === 0 && this.#pieces.length > 1) this.#pieces.splice(index, 1);
  }

  clear(): void {
    this.#pieces = [[]];
  }

  /** Keys from `from` on and before `to`; the set must not change while they are walked. */
  *between(from: string, to: string, reverse: boolean): Generator<string> {
    if (from >= to) return;
    yield* reverse ? this.#backward(from, to) : this.#forward(from, to);
  }

  *#forward(from: string, to: string): Generator<string> {
    for (let index = this.#pieceOf(from); index < this.#pieces.length; index++) {
      const piece = this.#pieces[index] ?? [];
      for (let at = firstNotBelow(piece, from); at < piece.length; at++) {
        const key = piece[at] ?? '';
        if (key >= to) return;
        yield key;
      }
    }
  }

  *#backward(from: string, to: string): Generator<string> {
    for (let index = this.#pieceOf(to); index >= 0; index--) {
      const piece = this.#pieces[index] ?? [];
      for (let at = firstNotBelow(piece, to) - 1; at >= 0; at--) {
        const key = piece[at] ?? '';
        if (key < from) return;
        yield key;
      }
    }
  }

  /** The index of the piece that has `key`, or where it belongs. */
  #pieceOf(key: string): number {
    let low = 0;
    let high = this.#pieces.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if ((this.#pieces[middle]?.[0] ?? '') <= key) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function firstNotBelow(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
