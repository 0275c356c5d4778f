import type { FileId, ReadTransaction } from '@holdfast/contracts';
import { DATA_LIMITS } from '@holdfast/contracts';
import type { DirectoryParts } from '../parts.ts';
import { files } from '../tables/files.ts';
import { folders } from '../tables/folders.ts';
import type { Place } from '../tables/place.ts';
import { pathOf } from './path.ts';
import { ROOT_ID } from './well-known.ts';

/** The path of a file now; undefined if it is in the trash, or has no name yet. */
export async function locate(
  { runner }: DirectoryParts,
  file: FileId,
): Promise<string | undefined> {
  return await runner.query(async (tx) => {
    const record = await tx.get(files, file);
    return record && (await pathTo(tx, record.place));
  });
}

/** Follows the folders up to the root. */
async function pathTo(tx: ReadTransaction, start: Place): Promise<string | undefined> {
  const names: string[] = [];
  let place: Place | undefined = start;
  // Folders that were moved with what is in them may stand deeper than a path can name.
  while (place?.in === 'folder' && names.length < DATA_LIMITS.pathDepth) {
    names.unshift(place.name);
    if (place.folder === ROOT_ID) return pathOf(names).text;
    place = await tx.get(folders, place.folder);
  }
  return undefined;
}
