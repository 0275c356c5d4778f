import { HoldfastError, type ReadTransaction } from '@holdfast/contracts';
import { isAFolder } from '../names/name-errors.ts';
import type { Path } from '../names/path.ts';
import { type Target, resolveEntry } from '../names/resolve.ts';
import type { Dentry } from '../tables/dentries.ts';

/** The file at a path; an error if there is none, or something else. */
export async function resolveFile(
  tx: ReadTransaction,
  path: Path,
): Promise<Target & { readonly dentry: Dentry }> {
  const target = await resolveEntry(tx, path);
  const { dentry } = target;
  if (dentry.kind === 'folder') throw isAFolder(path);
  if (dentry.kind === 'link') {
    throw new HoldfastError(
      'invalid-argument',
      `${path.text} is a link to ${dentry.target ?? 'nothing'}. Name the file itself.`,
    );
  }
  return target;
}
