import type { CallContext, Entry } from '@holdfast/contracts';
import { assert } from '@holdfast/kernel';
import { callerOf } from '../caller.ts';
import { confirmedOf } from '../copies/confirmed-of.ts';
import { requireRight } from '../names/access.ts';
import { parsePath } from '../names/path.ts';
import type { DirectoryParts } from '../parts.ts';
import { toEntry } from '../tables/dentries.ts';
import { files } from '../tables/files.ts';
import { contentUses } from '../tables/versions.ts';
import { installVersion, nextVersion } from '../writes/install-version.ts';
import { findVersion } from './find-version.ts';
import { resolveFile } from './resolve-file.ts';

/** Makes an old version's content a new version. Both share it from then on. */
export async function restore(
  { runner }: DirectoryParts,
  params: { path: string; version: number },
  context: CallContext,
): Promise<{ entry: Entry }> {
  const path = parsePath(params.path);
  const caller = callerOf(context);
  return await runner.transact(async (tx) => {
    requireRight(caller, path, 'content');
    const target = await resolveFile(tx, path);
    const { dentry, name } = target;
    if (params.version === dentry.version) return { entry: toEntry(name, dentry) };
    const old = await findVersion(tx, dentry.id, params.version, path.text);
    const record = await tx.get(files, dentry.id);
    assert(record, 'a file with a name has a record');
    tx.put(contentUses, true, dentry.id, old.content, old.version);
    tx.put(contentUses, true, dentry.id, old.content, nextVersion(target));
    const { sizeBytes, content, body, modifiedMs } = old;
    const entry = await installVersion(tx, target, caller, {
      file: dentry.id,
      record,
      version: { sizeBytes, content, body, modifiedMs },
      mode: undefined,
      confirmed: await confirmedOf(tx, dentry.id, old, dentry.wanted),
    });
    return { entry };
  }, context.call);
}
