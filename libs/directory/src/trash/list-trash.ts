import type { CallContext, Entry } from '@holdfast/contracts';
import { callerOf } from '../caller.ts';
import { withCertainCopies } from '../copies/certain-copies.ts';
import { fittingPage } from '../names/fitting-page.ts';
import { parsePath } from '../names/path.ts';
import type { DirectoryParts } from '../parts.ts';
import { readSettings } from '../stores/settings.ts';
import { toEntry } from '../tables/dentries.ts';
import { trash, trashBins } from '../tables/trash.ts';

export interface TrashEntry {
  id: string;
  path: string;
  deletedMs: number;
  expiresMs: number;
  entry: Entry;
}

/** One page of the caller's trash, newest first. */
export async function listTrash(
  parts: DirectoryParts,
  { after, limit }: { readonly after?: string | undefined; readonly limit: number },
  context: CallContext,
): Promise<{ entries: TrashEntry[]; more: boolean }> {
  const { user } = callerOf(context);
  return await parts.runner.query(async (tx) => {
    const bin = (await tx.get(trashBins, user)) ?? 0;
    const { trashMs } = await readSettings(tx);
    const rows = await tx.range(trash, {
      prefix: [user, bin],
      limit: limit + 1,
      ...(after !== undefined && { after: [user, bin, after] as const }),
    });
    const shown = await withCertainCopies(
      tx,
      parts,
      rows.map(({ value }) => value.dentry),
    );
    const found = rows.map(({ key, value }, i) => ({
      id: key[2],
      path: value.path,
      deletedMs: value.deletedMs,
      expiresMs: value.deletedMs + trashMs,
      entry: toEntry(parsePath(value.path).names.at(-1) ?? '', shown[i] ?? value.dentry),
    }));
    const { rows: entries, more } = fittingPage(found, limit);
    return { entries: [...entries], more };
  });
}
