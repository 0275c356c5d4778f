import type { CallOptions, DirectChunk, Entry, Hasher } from '@holdfast/contracts';
import type { ByteParts, Clock } from '@holdfast/kernel';
import { isChunk } from './chunk-hash.ts';
import type { DirectChunkPath } from './direct-chunk-path.ts';
import { SDK_LIMITS } from './limits.ts';

export interface DirectOpeningsParts {
  readonly path: Pick<DirectChunkPath, 'read'>;
  readonly clock: Clock;
  readonly hasher: Pick<Hasher, 'hash'>;
  /** Whether what is read from servers may travel on the way that the frontend is reached on. */
  readonly mayReach: () => boolean;
}

/** What came of reading a whole file from its servers. */
export interface DirectContent {
  /** Verified; undefined if no server gave it, or one gave something else. */
  readonly content: ByteParts | undefined;
  /** Servers that did not give it, or not the right bytes. */
  readonly suspects: readonly string[];
}

/** Reads files of one chunk straight from a server, with the tickets that came with their opening. */
export class DirectOpenings {
  readonly #parts: DirectOpeningsParts;
  #restsUntilMs = Number.NEGATIVE_INFINITY;

  constructor(parts: DirectOpeningsParts) {
    this.#parts = parts;
  }

  /** Whether to ask for tickets: each that is of no use costs a call. */
  get areWorthIt(): boolean {
    const { clock, mayReach } = this.#parts;
    return clock.monotonicMs() >= this.#restsUntilMs && mayReach();
  }

  async read(
    { id: file, sizeBytes }: Entry,
    { hash, tickets }: DirectChunk,
    options: CallOptions,
  ): Promise<DirectContent> {
    const { path, clock, hasher } = this.#parts;
    const { got, suspects } = await path.read({ file, hash }, tickets, options);
    if (got) {
      const { content, server } = got;
      if (isChunk(hasher, content, { length: sizeBytes, hash })) return { content, suspects };
      return { content: undefined, suspects: [...suspects, server] };
    }
    // Nobody could be asked.
    if (suspects.length === 0) this.#restsUntilMs = clock.monotonicMs() + SDK_LIMITS.directRestMs;
    return { content: undefined, suspects };
  }
}
