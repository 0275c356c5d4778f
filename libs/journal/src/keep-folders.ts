import { type Disk, makeFolderDurably } from '@holdfast/kernel';
import { JOURNAL_LIMITS } from './limits.ts';

export interface JournalFolder {
  readonly disk: Disk;
  /** The journal's folder. */
  readonly folder: string;
  /** How often the journal has been begun anew. */
  readonly resets: number;
}

/** Why something is set aside, and with that what its folder is called. */
export type AsideReason = 'set-aside' | 'damaged';

/**
 * Copies files of a journal, durably, into a folder of their own, in which they can be opened as a
 * journal. To be done before they are removed: a crash in between leaves both, and the copy is then
 * made again. Resolves with the folder.
 */
export async function setAside(
  reason: AsideReason,
  { disk, folder, resets, paths }: JournalFolder & { readonly paths: readonly string[] },
): Promise<string> {
  const aside = `${folder}/${reason}-${String(resets).padStart(6, '0')}`;
  await makeFolderDurably(disk, aside);
  for (const path of paths) await copy(disk, path, `${aside}/${path.slice(folder.length + 1)}`);
  await disk.syncFolder(aside);
  return aside;
}

/**
 * The folders of what was set aside for that reason, in order; one that a reset is about to be made
 * for is none.
 */
export async function keepFolders(
  reason: AsideReason,
  { disk, folder, resets }: JournalFolder,
): Promise<readonly string[]> {
  const entries = await disk.list(folder);
  const names = entries.filter(({ kind }) => kind === 'folder').map(({ name }) => name);
  return names
    .filter((name) => isAside(reason, name) && Number(name.slice(reason.length + 1)) < resets)
    .map((name) => `${folder}/${name}`);
}

function isAside(reason: AsideReason, name: string): boolean {
  return name.startsWith(`${reason}-`) && /^\d{6}$/.test(name.slice(reason.length + 1));
}

async function copy(disk: Disk, from: string, to: string): Promise<void> {
  await using source = await disk.open(from, { mode: 'read' });
  await using target = await disk.open(to, { mode: 'create' });
  const window = new Uint8Array(JOURNAL_LIMITS.readWindowBytes);
  const size = await source.size();
  await target.truncate(0);
  for (let offset = 0; offset < size;) {
    const count = await source.read(window, offset);
    if (count === 0) break;
    await target.write(window.subarray(0, count), offset);
    offset += count;
  }
  await target.sync();
}
