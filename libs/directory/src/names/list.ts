import type { CallContext, Entry, ReadTransaction } from '@holdfast/contracts';
import { type Caller, callerOf } from '../caller.ts';
import { withCertainCopies } from '../copies/certain-copies.ts';
import type { DirectoryParts } from '../parts.ts';
import { dentries, toEntry } from '../tables/dentries.ts';
import { maySee, requireRight, seesPart } from './access.ts';
import { fittingPage } from './fitting-page.ts';
import { notAFolder } from './name-errors.ts';
import type { Page } from './pages-ahead.ts';
import { parsePath } from './path.ts';
import { resolveEntry } from './resolve.ts';

export interface ListParams {
  readonly path: string;
  readonly after?: string | undefined;
  readonly limit: number;
}

/**
 * One page of a folder, in the order of the names' bytes. Whoever asks for the second one will ask for
 * the third: from there on the next page is read while the one before is on its way.
 */
export async function list(
  parts: DirectoryParts,
  params: ListParams,
  context: CallContext,
): Promise<Page> {
  const { runner, pagesAhead, journalHolders } = parts;
  const caller = callerOf(context);
  const isNext = params.after !== undefined;
  const ahead = isNext ? await pagesAhead.take(keyOf(caller, params), journalHolders) : undefined;
  const page = ahead ?? (await runner.query((tx) => pageOf(tx, parts, caller, params)));
  const last = page.entries.at(-1)?.name;
  if (isNext && page.more && last !== undefined) {
    const next = { ...params, after: last };
    const reading = runner.queryAhead((tx) => pageOf(tx, parts, caller, next));
    pagesAhead.begin(keyOf(caller, next), reading, journalHolders());
  }
  return page;
}

/** What an answer depends on besides the state: the right to see it, and what was asked for. */
function keyOf({ user, admin }: Caller, { path, after, limit }: ListParams): string {
  return JSON.stringify([user, admin, path, after, limit]);
}

async function pageOf(
  tx: ReadTransaction,
  parts: DirectoryParts,
  caller: Caller,
  { path: text, after, limit }: ListParams,
): Promise<Page> {
  const path = parsePath(text);
  requireRight(caller, path, 'see');
  const { dentry } = await resolveEntry(tx, path);
  if (dentry.kind !== 'folder') throw notAFolder(path, path);
  if (!seesPart(caller, path)) return await wholePage(tx, parts, dentry.id, { after, limit });
  const visible = (name: string): boolean => maySee(caller, path, name);
  return await filteredPage(tx, parts, dentry.id, { after, limit, visible });
}

async function wholePage(
  tx: ReadTransaction,
  parts: DirectoryParts,
  folder: string,
  { after, limit }: Pick<ListParams, 'after' | 'limit'>,
): Promise<Page> {
  const rows = await tx.range(dentries, {
    prefix: [folder],
    limit: limit + 1,
    ...(after !== undefined && { after: [folder, after] as const }),
  });
  const shown = await withCertainCopies(
    tx,
    parts,
    rows.map(({ value }) => value),
  );
  const found = rows.map(({ key, value }, i) => ({ entry: toEntry(key[1], shown[i] ?? value) }));
  const fitting = fittingPage(found, limit);
  return { entries: fitting.rows.map(({ entry }) => entry), more: fitting.more };
}

/** Only some folders near the root are filtered: those that have an entry for each user. */
async function filteredPage(
  tx: ReadTransaction,
  parts: DirectoryParts,
  folder: string,
  {
    after,
    limit,
    visible,
  }: Pick<ListParams, 'after' | 'limit'> & { visible: (name: string) => boolean },
): Promise<Page> {
  const entries: Entry[] = [];
  let from = after;
  for (;;) {
    const next = await wholePage(tx, parts, folder, { after: from, limit });
    entries.push(...next.entries.filter((entry) => visible(entry.name)));
    if (entries.length > limit) return { entries: entries.slice(0, limit), more: true };
    if (!next.more) return { entries, more: false };
    from = next.entries.at(-1)?.name;
  }
}
