import type { CallContext, ReadTransaction } from '@holdfast/contracts';
import { callerOf } from '../caller.ts';
import { withCertainCopies } from '../copies/certain-copies.ts';
import { confirmedOf } from '../copies/confirmed-of.ts';
import type { OpenVersion } from '../directory.ts';
import { requireRight } from '../names/access.ts';
import { parsePath } from '../names/path.ts';
import type { DirectoryParts } from '../parts.ts';
import { type Dentry, toEntry } from '../tables/dentries.ts';
import type { VersionRecord } from '../tables/version-record.ts';
import { findVersion } from './find-version.ts';
import { pageOfVersion } from './manifest-page.ts';
import { resolveFile } from './resolve-file.ts';

/** A version with the first page of its manifest. The newest is never replaced by an older one (§P4). */
export async function openVersion(
  parts: DirectoryParts,
  text: string,
  version: number | undefined,
  context: CallContext,
): Promise<OpenVersion> {
  const path = parsePath(text);
  const caller = callerOf(context);
  return await parts.runner.query(async (tx) => {
    requireRight(caller, path, 'see');
    const { name, dentry } = await resolveFile(tx, path);
    const record = await findVersion(tx, dentry.id, version, path.text);
    const page = await pageOfVersion(tx, dentry.id, record, 0);
    const opened =
      record.version === dentry.version ? dentry : await ofOldVersion(tx, dentry, record);
    const [shown = opened] = await withCertainCopies(tx, parts, [opened]);
    return { entry: toEntry(name, shown), file: dentry.id, version: record.version, ...page };
  });
}

async function ofOldVersion(
  tx: ReadTransaction,
  { inline: _current, ...dentry }: Dentry,
  record: VersionRecord,
): Promise<Dentry> {
  return {
    ...dentry,
    version: record.version,
    sizeBytes: record.sizeBytes,
    modifiedMs: record.modifiedMs,
    committedMs: record.committedMs,
    confirmed: await confirmedOf(tx, dentry.id, record, dentry.wanted),
    ...(record.body.kind === 'inline' && { inline: true }),
  };
}
