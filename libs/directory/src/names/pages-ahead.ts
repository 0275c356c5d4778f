import type { Entry, QueriedAhead, StoreId } from '@holdfast/contracts';
import { DIRECTORY_LIMITS } from '../limits.ts';

export interface Page {
  readonly entries: Entry[];
  readonly more: boolean;
}

type Ahead = Promise<QueriedAhead<Page> | undefined>;
type View = readonly StoreId[];

/** The pages that somebody will ask for next, read while the ones before are on their way. */
export class PagesAhead {
  /** In the order in which they were begun. */
  readonly #pages = new Map<string, { readonly page: Ahead; readonly view: View }>();

  /** `view`: the stores in view when it was begun; pages tell of copies there. */
  begin(key: string, page: Ahead, view: View): void {
    this.#pages.delete(key);
    this.#pages.set(key, { page, view });
    const [oldest] = this.#pages.keys();
    if (this.#pages.size > DIRECTORY_LIMITS.pagesAhead && oldest !== undefined) {
      this.#pages.delete(oldest);
    }
  }

  /** The page, if it was read ahead and is what a query would give now. */
  async take(key: string, view: () => View): Promise<Page | undefined> {
    const known = this.#pages.get(key);
    this.#pages.delete(key);
    const page = (await known?.page)?.take()?.value;
    return known?.view === view() ? page : undefined;
  }
}
