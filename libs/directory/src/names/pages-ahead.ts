import type { Entry, QueriedAhead } from '@holdfast/contracts';
import type { JournalHolders } from '../engine/journal-holders.ts';
import { DIRECTORY_LIMITS } from '../limits.ts';

export interface Page {
  readonly entries: Entry[];
  readonly more: boolean;
}

type Ahead = Promise<QueriedAhead<Page> | undefined>;

/** The pages that somebody will ask for next, read while the ones before are on their way. */
export class PagesAhead {
  /** In the order in which they were begun. */
  readonly #pages = new Map<string, { readonly page: Ahead; readonly holders: JournalHolders }>();

  /** `holders`: as they were when it was begun; pages tell of copies there. */
  begin(key: string, page: Ahead, holders: JournalHolders): void {
    this.#pages.delete(key);
    this.#pages.set(key, { page, holders });
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > DIRECTORY_LIMITS.pagesAhead && oldest !== undefined) {
      this.#pages.delete(oldest);
    }
  }

  /** The page, if it was read ahead and is what a query would give now. */
  async take(key: string, holders: () => JournalHolders): Promise<Page | undefined> {
    const known = this.#pages.get(key);
    this.#pages.delete(key);
    const page = (await known?.page)?.take()?.value;
    return known?.holders === holders() ? page : undefined;
  }
}
