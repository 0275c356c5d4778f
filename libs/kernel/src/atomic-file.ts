import type { Disk, DiskFile } from './disk.ts';
import { DiskError } from './disk.ts';

/**
 * Replaces a small file as a whole: after a crash it has its old content or the new one, and once
 * this resolves the new one. Calls for one path must not overlap.
 */
export async function writeFileAtomically(
  disk: Disk,
  path: string,
  bytes: Uint8Array,
): Promise<void> {
  const fresh = `${path}.new`;
  try {
    await writeWhole(disk, fresh, bytes);
  } catch (error) {
    await disk.unlink(fresh).catch(() => {});
    throw error;
  }
  await disk.rename(fresh, path);
  await disk.syncFolder(folderOf(path));
}

/** The bytes of a small file; undefined if there is none. */
export async function readWholeFile(disk: Disk, path: string): Promise<Uint8Array | undefined> {
  const file = await openIfThere(disk, path);
  if (file === undefined) return undefined;
  try {
    const bytes = new Uint8Array(await file.size());
    const count = await file.read(bytes, 0);
    return bytes.subarray(0, count);
  } finally {
    await file.close();
  }
}

/** The folder that a path of a disk stands in; empty for the root. */
export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')));
}

async function writeWhole(disk: Disk, path: string, bytes: Uint8Array): Promise<void> {
  const file = await disk.open(path, { mode: 'create' });
  try {
    // A crash may have left a longer one of this name.
    await file.truncate(0);
    await file.write(bytes, 0);
    await file.sync();
  } finally {
    await file.close();
  }
}

async function openIfThere(disk: Disk, path: string): Promise<DiskFile | undefined> {
  try {
    return await disk.open(path, { mode: 'read' });
  } catch (error) {
    if (error instanceof DiskError && error.code === 'not-found') return undefined;
    throw error;
  }
}
