import type { CallOptions, DirectChunk, Entry, Hasher } from '@holdfast/contracts';
import type { ByteParts, Clock } from '@holdfast/kernel';
import { isChunk } from './chunk-hash.ts';
import type { DirectChunkPath } from './direct-chunk-path.ts';
import { Rest } from './rest.ts';

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
  readonly #rest: Rest;

  constructor(parts: DirectOpeningsParts) {
    this.#parts = parts;
    this.#rest = new Rest(parts.clock);
  }

  /** Whether to ask for tickets: each that is of no use costs a call. */
  get areWorthIt(): boolean {
    return this.#rest.isOver && this.#parts.mayReach();
  }

  async read(
    { id: file, sizeBytes }: Entry,
    { hash, tickets }: DirectChunk,
    options: CallOptions,
  ): Promise<DirectContent> {
    const { path, hasher } = this.#parts;
    const { got, suspects } = await path.read({ file, hash }, tickets, options);
    if (got) {
      this.#rest.forget();
      const { content, server } = got;
      if (isChunk(hasher, content, { length: sizeBytes, hash })) return { content, suspects };
      return { content: undefined, suspects: [...suspects, server] };
    }
    // Nobody could be asked.
    if (suspects.length === 0) this.#rest.begin();
    return { content: undefined, suspects };
  }
}
