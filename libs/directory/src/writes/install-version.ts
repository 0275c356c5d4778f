import type { Entry, FileId, WriteTransaction } from '@holdfast/contracts';
import type { Caller } from '../caller.ts';
import { COUNTERS } from '../counters.ts';
import type { Target } from '../names/resolve.ts';
import { type Dentry, dentries, toEntry } from '../tables/dentries.ts';
import { type FileRecord, files } from '../tables/files.ts';
import type { VersionRecord } from '../tables/version-record.ts';
import { superseded, versions } from '../tables/versions.ts';
import { moveToTrash } from '../trash/move-to-trash.ts';

const DEFAULT_MODE = 0o644;

export interface NewVersion {
  readonly file: FileId;
  readonly record: FileRecord;
  /** Without number, author and time of commit. */
  readonly version: Pick<VersionRecord, 'sizeBytes' | 'content' | 'body'> & {
    readonly modifiedMs: number | undefined;
  };
  readonly mode: number | undefined;
  /** Confirmed copies of the least copied chunk, at most the wanted ones. */
  readonly confirmed: number;
}

/** The number that the next version at a target gets. */
export function nextVersion({ dentry }: Target): number {
  return (dentry?.version ?? 0) + 1;
}

/**
 * Makes a version the current one at a target. The one before becomes history; a different file that
 * came to this name in the meantime goes to the writer's trash, and numbers go on from its own, so
 * that no version number of a path means two things.
 */
export async function installVersion(
  tx: WriteTransaction,
  target: Target,
  caller: Caller,
  { file, record, version, mode, confirmed }: NewVersion,
): Promise<Entry> {
  const { folder, name, dentry } = target;
  const replaced = dentry?.id === file ? dentry : undefined;
  if (dentry && !replaced) await moveToTrash(tx, { ...target, dentry }, caller);
  if (record.current) keepOld(tx, file, record.current);
  const current: VersionRecord = {
    ...version,
    version: nextVersion(target),
    modifiedMs: version.modifiedMs ?? tx.nowMs,
    committedMs: tx.nowMs,
    author: caller.user,
  };
  tx.put(files, { ...record, place: { in: 'folder', folder, name }, current }, file);
  const changed: Dentry = {
    kind: 'file',
    id: file,
    sizeBytes: current.sizeBytes,
    version: current.version,
    mode: mode ?? replaced?.mode ?? DEFAULT_MODE,
    modifiedMs: current.modifiedMs,
    committedMs: current.committedMs,
    owner: replaced?.owner ?? caller.user,
    wanted: record.placement.stores.length,
    confirmed,
    ...(current.body.kind === 'inline' && { inline: true }),
  };
  tx.put(dentries, changed, folder, name);
  if (!record.current) tx.add(COUNTERS.files, 1);
  tx.add(COUNTERS.sizeBytes, current.sizeBytes - (record.current?.sizeBytes ?? 0));
  return toEntry(name, changed);
}

function keepOld(tx: WriteTransaction, file: string, current: VersionRecord): void {
  const supersededMs = Math.floor(tx.nowMs);
  tx.put(versions, { ...current, supersededMs }, file, current.version);
  tx.put(superseded, true, supersededMs, file, current.version);
}
