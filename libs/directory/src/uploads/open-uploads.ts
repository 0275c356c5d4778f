import { DIRECTORY_LIMITS } from '../limits.ts';
import type { Upload } from '../directory.ts';
import type { DirectoryParts } from '../parts.ts';
import { uploads } from '../tables/uploads.ts';

/** All open uploads; a limit keeps their number bounded. */
export async function openUploads({ runner }: DirectoryParts): Promise<readonly Upload[]> {
  const limit = DIRECTORY_LIMITS.walkEntries;
  const found: Upload[] = [];
  for (let after: readonly [string] | undefined; ;) {
    const range = { prefix: [], limit, ...(after && { after }) };
    const rows = await runner.query((tx) => tx.range(uploads, range));
    found.push(...rows.map(({ value }) => value));
    if (rows.length < limit) return found;
    after = rows.at(-1)?.key;
  }
}
