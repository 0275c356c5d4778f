import {
  isHoldfastError,
  type CallOptions,
  type ChunkToGet,
  type DirectTicket,
  type FilesContract,
  type Remote,
} from '@holdfast/contracts';
import { RecentlyUsed, type Clock } from '@holdfast/kernel';
import { SDK_LIMITS } from './limits.ts';

/** The tickets that came with one answer, by offset; each is taken out once. */
interface Page {
  readonly gotMs: number;
  readonly byOffset: Map<number, readonly DirectTicket[]>;
}

/** Fetches tickets, several chunks' at a time, and keeps them while servers take them. */
export class TicketBook {
  readonly #files: Pick<Remote<FilesContract>, 'tickets'>;
  readonly #clock: Clock;
  /** By the handle of the open read. */
  readonly #pages = new RecentlyUsed<Page>(SDK_LIMITS.ticketPages);
  readonly #fetching = new Map<string, Promise<void>>();
  /** The frontend is of an older version. */
  #none = false;

  constructor(files: Pick<Remote<FilesContract>, 'tickets'>, clock: Clock) {
    this.#files = files;
    this.#clock = clock;
  }

  /** The tickets to one chunk; none where there are none, or they cannot be had: the relay says why. */
  async take(
    { handle, offset }: ChunkToGet,
    options: CallOptions,
  ): Promise<readonly DirectTicket[]> {
    const known = this.#find(handle, offset);
    if (known) return known;
    const fetching = this.#fetching.get(handle);
    if (fetching) {
      // What is being fetched for a chunk before this one probably brings this one's, too.
      await fetching;
      const brought = this.#find(handle, offset);
      if (brought) return brought;
    }
    if (this.#none) return [];
    await this.#fetch(handle, offset, options);
    return this.#find(handle, offset) ?? [];
  }

  #find(handle: string, offset: number): readonly DirectTicket[] | undefined {
    const page = this.#pages.get(handle);
    if (!page || this.#clock.monotonicMs() - page.gotMs > SDK_LIMITS.ticketMs) return undefined;
    const tickets = page.byOffset.get(offset);
    page.byOffset.delete(offset);
    return tickets;
  }

  async #fetch(handle: string, fromOffset: number, options: CallOptions): Promise<void> {
    const fetching = this.#ask(handle, fromOffset, options);
    this.#fetching.set(handle, fetching);
    try {
      await fetching;
    } finally {
      if (this.#fetching.get(handle) === fetching) this.#fetching.delete(handle);
    }
  }

  async #ask(handle: string, fromOffset: number, options: CallOptions): Promise<void> {
    try {
      const { chunks } = await this.#files.tickets({ handle, fromOffset }, options);
      const byOffset = new Map(chunks.map(({ offset, tickets }) => [offset, tickets]));
      this.#pages.set(handle, { gotMs: this.#clock.monotonicMs(), byOffset });
    } catch (error) {
      if (isHoldfastError(error, 'method-not-found')) this.#none = true;
    }
  }
}
