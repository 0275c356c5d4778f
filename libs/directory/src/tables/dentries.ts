import type { Entry, EntryKind, FileId, Table } from '@holdfast/contracts';
import { defineTable } from './define-table.ts';

/**
 * An entry of a folder with all that a listing shows, so that a listing is one range scan. The copy
 * counters of a file's current version are kept here too.
 */
export interface Dentry {
  readonly kind: EntryKind;
  readonly id: FileId;
  readonly sizeBytes: number;
  readonly version: number;
  readonly mode: number;
  readonly modifiedMs: number;
  readonly committedMs: number;
  readonly owner: string;
  readonly wanted: number;
  readonly confirmed: number;
  /** The directory keeps the bytes of the current version itself. */
  readonly inline?: true;
  /** Of a link. */
  readonly target?: string;
}

const KINDS: readonly EntryKind[] = ['file', 'folder', 'link'];

export const dentries: Table<readonly [folder: string, name: string], Dentry> = defineTable({
  name: 'dentry',
  format: 2,
  textKeys: true,
  write(writer, dentry) {
    writer.count(KINDS.indexOf(dentry.kind));
    writer.hex(dentry.id);
    writer.count(dentry.sizeBytes);
    writer.count(dentry.version);
    writer.count(dentry.mode);
    writer.number(dentry.modifiedMs);
    writer.number(dentry.committedMs);
    writer.text(dentry.owner);
    writer.count(dentry.wanted);
    writer.count(dentry.confirmed);
    writer.text(dentry.target ?? '');
    writer.flag(dentry.inline ?? false);
  },
  read(reader, format) {
    const dentry: Dentry = {
      kind: KINDS[reader.count()] ?? 'file',
      id: reader.id() as FileId,
      sizeBytes: reader.count(),
      version: reader.count(),
      mode: reader.count(),
      modifiedMs: reader.number(),
      committedMs: reader.number(),
      owner: reader.text(),
      wanted: reader.count(),
      confirmed: reader.count(),
    };
    const target = reader.text();
    if (dentry.kind === 'link') return { ...dentry, target };
    return format > 1 && reader.flag() ? { ...dentry, inline: true } : dentry;
  },
});

/** A dentry as users see it. Its members one by one: a listing makes very many of them. */
export function toEntry(name: string, dentry: Dentry): Entry {
  const { wanted, confirmed, target } = dentry;
  const entry: Entry = {
    name,
    kind: dentry.kind,
    id: dentry.id,
    sizeBytes: dentry.sizeBytes,
    version: dentry.version,
    mode: dentry.mode,
    modifiedMs: dentry.modifiedMs,
    committedMs: dentry.committedMs,
    owner: dentry.owner,
    copies: { wanted, confirmed },
  };
  return target === undefined ? entry : { ...entry, target };
}
