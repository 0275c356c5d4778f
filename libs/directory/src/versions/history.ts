import type { CallContext } from '@holdfast/contracts';
import { assert } from '@holdfast/kernel';
import { callerOf } from '../caller.ts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import { requireRight } from '../names/access.ts';
import { parsePath } from '../names/path.ts';
import type { DirectoryParts } from '../parts.ts';
import { files } from '../tables/files.ts';
import type { VersionRecord } from '../tables/version-record.ts';
import { versions } from '../tables/versions.ts';
import { resolveFile } from './resolve-file.ts';

export interface VersionInfo {
  version: number;
  sizeBytes: number;
  modifiedMs: number;
  committedMs: number;
  author: string;
  current: boolean;
}

/** The versions that can still be read, newest first. */
export async function history(
  { runner }: DirectoryParts,
  params: { path: string },
  context: CallContext,
): Promise<{ versions: VersionInfo[] }> {
  const path = parsePath(params.path);
  const caller = callerOf(context);
  return await runner.query(async (tx) => {
    requireRight(caller, path, 'see');
    const { dentry } = await resolveFile(tx, path);
    const current = (await tx.get(files, dentry.id))?.current;
    assert(current, 'a file with a name has a current version');
    // The current one is the newest.
    const limit = DIRECTORY_LIMITS.historyVersions - 1;
    const old = await tx.range(versions, { prefix: [dentry.id], limit, reverse: true });
    return { versions: [info(current, true), ...old.map(({ value }) => info(value, false))] };
  });
}

function info(record: VersionRecord, current: boolean): VersionInfo {
  const { version, sizeBytes, modifiedMs, committedMs, author } = record;
  return { version, sizeBytes, modifiedMs, committedMs, author, current };
}
