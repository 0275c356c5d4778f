import type { CallContext, Entry } from '@holdfast/contracts';
import { callerOf } from '../caller.ts';
import { withCertainCopies } from '../copies/certain-copies.ts';
import type { DirectoryParts } from '../parts.ts';
import { toEntry } from '../tables/dentries.ts';
import { requireRight } from './access.ts';
import { parsePath } from './path.ts';
import { resolveEntry } from './resolve.ts';

export async function stat(
  parts: DirectoryParts,
  params: { path: string },
  context: CallContext,
): Promise<{ entry: Entry }> {
  const path = parsePath(params.path);
  const caller = callerOf(context);
  return await parts.runner.query(async (tx) => {
    requireRight(caller, path, 'see');
    const { name, dentry } = await resolveEntry(tx, path);
    const [shown = dentry] = await withCertainCopies(tx, parts, [dentry]);
    return { entry: toEntry(name, shown) };
  });
}
