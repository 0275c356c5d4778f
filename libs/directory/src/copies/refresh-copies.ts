import type { WriteTransaction } from '@holdfast/contracts';
import { dentries } from '../tables/dentries.ts';
import type { ChunkRecord } from '../tables/chunks.ts';
import { type FileRecord, files } from '../tables/files.ts';
import { trash } from '../tables/trash.ts';
import { confirmedOf } from './confirmed-of.ts';
import { confirmedCopies } from './save-chunk.ts';

/** A chunk as a commit has just saved it, with its file. */
export interface SavedChunk {
  readonly record: FileRecord;
  readonly hash: string;
  readonly chunk: ChunkRecord;
}

/**
 * Brings the copy counters of a file's entry up to date, wherever the file stands. What was just
 * `saved` is not read again.
 */
export async function refreshCopies(
  tx: WriteTransaction,
  file: string,
  saved?: SavedChunk,
): Promise<void> {
  const record = saved?.record ?? (await tx.get(files, file));
  if (!record?.current) return;
  const { place, placement, current } = record;
  const wanted = placement.stores.length;
  const isAll = saved && current.body.kind === 'chunk' && current.body.hash === saved.hash;
  const confirmed = isAll
    ? Math.min(wanted, confirmedCopies(saved.chunk.holders))
    : await confirmedOf(tx, file, current, wanted);
  const copies = { wanted, confirmed };
  if (place.in === 'folder') {
    const dentry = await tx.get(dentries, place.folder, place.name);
    if (dentry && (dentry.confirmed !== copies.confirmed || dentry.wanted !== wanted)) {
      tx.put(dentries, { ...dentry, ...copies }, place.folder, place.name);
    }
  } else if (place.in === 'trash') {
    const deleted = await tx.get(trash, place.user, place.bin, place.id);
    if (deleted) {
      const dentry = { ...deleted.dentry, ...copies };
      tx.put(trash, { ...deleted, dentry }, place.user, place.bin, place.id);
    }
  }
}
