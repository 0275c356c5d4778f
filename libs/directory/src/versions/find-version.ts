import { type FileId, HoldfastError, type ReadTransaction } from '@holdfast/contracts';
import { files } from '../tables/files.ts';
import type { VersionRecord } from '../tables/version-record.ts';
import { versions } from '../tables/versions.ts';

/** A version of a file that can still be read; the current one if no number is given. */
export async function findVersion(
  tx: ReadTransaction,
  file: FileId,
  version: number | undefined,
  shown: string,
): Promise<VersionRecord> {
  const current = (await tx.get(files, file))?.current;
  if (current && (version === undefined || version === current.version)) return current;
  const old = version === undefined ? undefined : await tx.get(versions, file, version);
  if (old) return old;
  throw new HoldfastError(
    'not-found',
    version === undefined
      ? `${shown} is no longer there.`
      : `There is no version ${version} of ${shown}, or it is no longer kept. Look at its history.`,
    { details: { file, ...(version !== undefined && { version }) } },
  );
}
