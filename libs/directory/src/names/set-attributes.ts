import { type CallContext, type Entry, HoldfastError, userName } from '@holdfast/contracts';
import { assert } from '@holdfast/kernel';
import { type Caller, callerOf } from '../caller.ts';
import type { DirectoryParts } from '../parts.ts';
import { type Dentry, dentries, toEntry } from '../tables/dentries.ts';
import { files } from '../tables/files.ts';
import { requireRight } from './access.ts';
import { permanentFolder } from './name-errors.ts';
import { parsePath } from './path.ts';
import { resolveEntry } from './resolve.ts';

export interface AttributeParams {
  readonly path: string;
  readonly mode?: number | undefined;
  readonly modifiedMs?: number | undefined;
  readonly owner?: string | undefined;
}

/** Changes mode, time or owner; makes no new version. Only an administrator gives entries away. */
export async function setAttributes(
  { runner }: DirectoryParts,
  params: AttributeParams,
  context: CallContext,
): Promise<{ entry: Entry }> {
  const path = parsePath(params.path);
  const caller = callerOf(context);
  const { mode, modifiedMs, owner } = params;
  if (owner !== undefined) checkOwner(caller, owner, path.text);
  return await runner.transact(async (tx) => {
    requireRight(caller, path, 'attributes');
    if (path.names.length === 0) throw permanentFolder(path);
    const { folder, name, dentry } = await resolveEntry(tx, path);
    const changed: Dentry = {
      ...dentry,
      mode: mode ?? dentry.mode,
      modifiedMs: modifiedMs ?? dentry.modifiedMs,
      owner: owner ?? dentry.owner,
    };
    tx.put(dentries, changed, folder, name);
    if (dentry.kind === 'file' && modifiedMs !== undefined) {
      const record = await tx.get(files, dentry.id);
      assert(record?.current, 'a file with a name has a current version');
      tx.put(files, { ...record, current: { ...record.current, modifiedMs } }, dentry.id);
    }
    return { entry: toEntry(name, changed) };
  }, context.call);
}

function checkOwner(caller: Caller, owner: string, path: string): void {
  if (!caller.admin) {
    throw new HoldfastError(
      'forbidden',
      `Only an administrator may give ${path} to another user. Ask one.`,
    );
  }
  if (userName.safeParse(owner).success) return;
  throw new HoldfastError('invalid-argument', `${JSON.stringify(owner)} cannot be a user's name.`);
}
