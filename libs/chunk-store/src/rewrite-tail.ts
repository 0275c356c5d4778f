import { type Disk, DISK_BLOCK_BYTES, type DiskFile } from '@holdfast/kernel';
import { CHUNK_STORE_LIMITS } from './limits.ts';

/**
 * Writes what stands from byte `from` to byte `end`, the end of the file, once more, so that the next
 * sync covers it and the size of the file. If its last sync failed before the program ended, it may be
 * readable only until the power goes, and no later sync would care for it (§P1).
 */
export async function rewriteTail(
  disk: Disk,
  file: DiskFile,
  { from, end }: { readonly from: number; readonly end: number },
): Promise<void> {
  const window = disk.allocate(Math.min(CHUNK_STORE_LIMITS.scanWindowBytes, end - from));
  for (let offset = from; offset < end; offset += window.length) {
    const piece = window.subarray(0, Math.min(window.length, end - offset));
    await file.read(piece, offset);
    await file.write(piece, offset);
  }
  // Only a size that changes is written.
  await file.truncate(end + DISK_BLOCK_BYTES);
  await file.truncate(end);
}
