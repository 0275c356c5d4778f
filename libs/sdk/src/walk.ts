import { HoldfastError, type Entry, type FilesContract, type Remote } from '@holdfast/contracts';
import { SDK_LIMITS } from './limits.ts';

export interface WalkedEntry {
  readonly path: string;
  readonly entry: Entry;
}

type Page = Awaited<ReturnType<Remote<FilesContract>['list']>>;

/** The entries of a folder by name, fetched page by page; the next page comes while one is read. */
export async function* listFolder(
  files: Pick<Remote<FilesContract>, 'list'>,
  path: string,
  signal?: AbortSignal,
): AsyncGenerator<Entry> {
  const fetch = (after?: string): Promise<Page> => {
    const from = { path, limit: SDK_LIMITS.listPage, ...(after !== undefined && { after }) };
    const page = files.list(from, signal ? { signal } : {});
    // Whoever stops reading early has nobody left to tell of a failure.
    page.catch(() => {});
    return page;
  };
  let next: Promise<Page> | undefined = fetch();
  while (next) {
    const page: Page = await next;
    const last = page.entries.at(-1)?.name;
    next = page.more && last !== undefined ? fetch(last) : undefined;
    for (const entry of page.entries) yield entry;
  }
}

/** Everything below a folder, each folder before what is in it. Links are not followed. */
export async function* walkFolder(
  files: Pick<Remote<FilesContract>, 'list'>,
  path: string,
  signal?: AbortSignal,
  depth = 0,
): AsyncGenerator<WalkedEntry> {
  if (depth > SDK_LIMITS.walkDepth) {
    throw new HoldfastError('limit-exceeded', `${path} lies deeper than a walk goes.`);
  }
  for await (const entry of listFolder(files, path, signal)) {
    const entryPath = path === '/' ? `/${entry.name}` : `${path}/${entry.name}`;
    yield { path: entryPath, entry };
    if (entry.kind === 'folder') yield* walkFolder(files, entryPath, signal, depth + 1);
  }
}
