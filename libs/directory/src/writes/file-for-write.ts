import type { CallContext, WriteOptions } from '@holdfast/contracts';
import { assert } from '@holdfast/kernel';
import { callerOf } from '../caller.ts';
import type { FileForWrite } from '../directory.ts';
import { parsePath } from '../names/path.ts';
import type { DirectoryParts } from '../parts.ts';
import { readSettings } from '../stores/settings.ts';
import { files } from '../tables/files.ts';
import { resolveForWrite } from './write-target.ts';

/**
 * The file that a write to a path would overwrite, or how a new one would be kept. Does not look at `ifVersion`: a repetition of a
 * call that went through must reach the commit, which knows its answer.
 */
export async function fileForWrite(
  { runner }: DirectoryParts,
  options: WriteOptions,
  context: CallContext,
): Promise<FileForWrite> {
  const path = parsePath(options.path);
  const caller = callerOf(context);
  return await runner.query(async (tx) => {
    const { dentry } = await resolveForWrite(tx, path, caller);
    if (!dentry) return { file: undefined, copies: (await readSettings(tx)).copies };
    const record = await tx.get(files, dentry.id);
    assert(record, 'a file with a name has a record');
    return { file: dentry.id, placement: record.placement };
  });
}
