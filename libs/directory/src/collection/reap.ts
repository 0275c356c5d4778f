import type { DirectoryParts } from '../parts.ts';
import { readSettings } from '../stores/settings.ts';
import { expireTrash } from './expire-trash.ts';
import { expireUploads } from './expire-uploads.ts';
import { expireVersions } from './expire-versions.ts';
import type { ReapProgress } from './reap-progress.ts';
import { runTasks } from './run-tasks.ts';

export interface ReapOptions {
  /** How long an upload may go without a chunk. */
  readonly uploadIdleMs: number;
  /** How long deleted files and old versions are kept, where it is not what the settings say. */
  readonly trashMs?: number;
}

/** One bounded step of everything that is to be given back. True if there is more to do now. */
export async function reap(
  parts: DirectoryParts,
  progress: ReapProgress,
  options: ReapOptions,
): Promise<boolean> {
  const trashMs = options.trashMs ?? (await parts.runner.query(readSettings)).trashMs;
  const more = [
    await expireTrash(parts, trashMs),
    await expireVersions(parts, trashMs),
    await expireUploads(parts, progress, options.uploadIdleMs),
    await runTasks(parts, progress),
  ];
  return more.includes(true);
}
