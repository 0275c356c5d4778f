import type { Hasher } from '@holdfast/contracts';
import { type ByteParts, RecentlyUsed, copyParts, partsLength, toHex } from '@holdfast/kernel';
import { REPLICATION_LIMITS } from '../limits.ts';

type Limits = Record<'keptContentsBytes' | 'keptContentBytes', number>;

/**
 * Contents of small files that were written or read lately, by their hash, so that reading them costs
 * no call to a server. Whether somebody may read them, and which are a file's, the directory says.
 */
export class SmallContents {
  readonly #hasher: Hasher;
  readonly #contentBytes: number;
  readonly #recent: RecentlyUsed<Uint8Array>;

  constructor(hasher: Hasher, limits: Limits = REPLICATION_LIMITS) {
    this.#hasher = hasher;
    this.#contentBytes = limits.keptContentBytes;
    this.#recent = new RecentlyUsed(limits.keptContentsBytes, ({ length }) => length);
  }

  get(hash: string): Uint8Array | undefined {
    return this.#recent.get(hash);
  }

  /** Keeps what a server has checked. */
  keep(hash: string, content: ByteParts): void {
    const length = partsLength(content);
    if (length > this.#contentBytes) return;
    // A copy, since these may be pieces of a much larger message.
    const copy = new Uint8Array(length);
    copyParts(content, copy, 0);
    this.#recent.set(hash, copy);
  }

  /** Keeps what came from a server, if it is what it should be. */
  keepIfRight(hash: string, content: ByteParts): void {
    if (partsLength(content) > this.#contentBytes) return;
    if (toHex(this.#hasher.hash(content)) === hash) this.keep(hash, content);
  }
}
