import { folderOf } from './atomic-file.ts';
import type { Disk } from './disk.ts';

/** Makes a folder and its parents; their names are durable when this resolves. */
export async function makeFolderDurably(disk: Disk, folder: string): Promise<void> {
  await disk.makeFolder(folder);
  for (let made = folder; made !== ''; made = folderOf(made)) await disk.syncFolder(folderOf(made));
}
