import { type CallContext, type Entry, type FileId, HoldfastError } from '@holdfast/contracts';
import { randomHex } from '@holdfast/kernel';
import { callerOf } from '../caller.ts';
import type { DirectoryParts } from '../parts.ts';
import { type Dentry, dentries, toEntry } from '../tables/dentries.ts';
import { requireRight } from './access.ts';
import { alreadyExists } from './name-errors.ts';
import { parsePath } from './path.ts';
import { resolve } from './resolve.ts';

const LINK_MODE = 0o777;

/** Makes a symbolic link. Its target is kept as it is given: clients interpret it. */
export async function makeLink(
  { runner, random }: DirectoryParts,
  { path: text, target }: { path: string; target: string },
  context: CallContext,
): Promise<{ entry: Entry }> {
  const path = parsePath(text);
  if (/\p{Surrogate}|\0/u.test(target)) {
    throw new HoldfastError(
      'invalid-argument',
      `The target of the link ${path.text} is not valid text. Use another target.`,
    );
  }
  const caller = callerOf(context);
  const id = randomHex(random, 16) as FileId;
  return await runner.transact(async (tx) => {
    requireRight(caller, path, 'content');
    const { folder, name, dentry: existing } = await resolve(tx, path);
    if (existing)
      throw alreadyExists(path, existing.kind, 'Choose another name, or remove it first.');
    const dentry: Dentry = {
      kind: 'link',
      id,
      sizeBytes: 0,
      version: 0,
      mode: LINK_MODE,
      modifiedMs: tx.nowMs,
      committedMs: tx.nowMs,
      owner: caller.user,
      wanted: 0,
      confirmed: 0,
      target,
    };
    tx.put(dentries, dentry, folder, name);
    return { entry: toEntry(name, dentry) };
  }, context.call);
}
