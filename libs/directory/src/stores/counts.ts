import { COUNTERS } from '../counters.ts';
import type { DirectoryCounts } from '../directory.ts';
import type { DirectoryParts } from '../parts.ts';

/** What is in the directory now, from counters that every commit keeps. */
export async function counts({ runner }: DirectoryParts): Promise<DirectoryCounts> {
  return await runner.query(async (tx) => ({
    files: await tx.counter(COUNTERS.files),
    folders: await tx.counter(COUNTERS.folders),
    sizeBytes: await tx.counter(COUNTERS.sizeBytes),
    openUploads: await tx.counter(COUNTERS.openUploads),
    trashEntries: await tx.counter(COUNTERS.trashEntries),
    underReplicated: await tx.counter(COUNTERS.underReplicated),
    singleCopy: await tx.counter(COUNTERS.singleCopy),
  }));
}
