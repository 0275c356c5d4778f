import type { CallContext, Entry, ReadTransaction } from '@holdfast/contracts';
import { callerOf } from '../caller.ts';
import { withCertainCopies } from '../copies/certain-copies.ts';
import type { DirectoryParts } from '../parts.ts';
import { dentries, toEntry } from '../tables/dentries.ts';
import { maySee, requireRight, seesPart } from './access.ts';
import { fittingPage } from './fitting-page.ts';
import { notAFolder } from './name-errors.ts';
import { parsePath } from './path.ts';
import { resolveEntry } from './resolve.ts';

export interface ListParams {
  readonly path: string;
  readonly after?: string | undefined;
  readonly limit: number;
}

/** One page of a folder, in the order of the names' bytes. */
export async function list(
  parts: DirectoryParts,
  { path: text, after, limit }: ListParams,
  context: CallContext,
): Promise<{ entries: Entry[]; more: boolean }> {
  const path = parsePath(text);
  const caller = callerOf(context);
  return await parts.runner.query(async (tx) => {
    requireRight(caller, path, 'see');
    const { dentry } = await resolveEntry(tx, path);
    if (dentry.kind !== 'folder') throw notAFolder(path, path);
    if (!seesPart(caller, path)) return await page(tx, parts, dentry.id, { after, limit });
    const visible = (name: string): boolean => maySee(caller, path, name);
    return await filteredPage(tx, parts, dentry.id, { after, limit, visible });
  });
}

async function page(
  tx: ReadTransaction,
  parts: DirectoryParts,
  folder: string,
  { after, limit }: Pick<ListParams, 'after' | 'limit'>,
): Promise<{ entries: Entry[]; more: boolean }> {
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
): Promise<{ entries: Entry[]; more: boolean }> {
  const entries: Entry[] = [];
  let from = after;
  for (;;) {
    const next = await page(tx, parts, folder, { after: from, limit });
    entries.push(...next.entries.filter((entry) => visible(entry.name)));
    if (entries.length > limit) return { entries: entries.slice(0, limit), more: true };
    if (!next.more) return { entries, more: false };
    from = next.entries.at(-1)?.name;
  }
}
