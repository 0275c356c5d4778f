import type { WriteTransaction } from '@holdfast/contracts';
import { assert } from '@holdfast/kernel';
import type { Dentry } from '../tables/dentries.ts';
import { files } from '../tables/files.ts';
import { folders } from '../tables/folders.ts';
import type { Place } from '../tables/place.ts';

/** Notes where the file or folder behind a dentry stands now. A link has no record of its own. */
export async function putPlace(tx: WriteTransaction, dentry: Dentry, place: Place): Promise<void> {
  if (dentry.kind === 'folder') tx.put(folders, place, dentry.id);
  if (dentry.kind !== 'file') return;
  const record = await tx.get(files, dentry.id);
  assert(record, 'a file with a name has a record');
  tx.put(files, { ...record, place }, dentry.id);
}
