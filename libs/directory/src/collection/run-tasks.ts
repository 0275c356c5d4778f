import type { WriteTransaction } from '@holdfast/contracts';
import { retargetStep } from '../copies/retarget-step.ts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import type { DirectoryParts } from '../parts.ts';
import { type TaskKind, tasks } from '../tables/tasks.ts';
import { countWrites } from './count-writes.ts';
import { purgeBin } from './purge-bin.ts';
import { purgeFile } from './purge-file.ts';
import { purgeFolder } from './purge-folder.ts';
import type { ReapProgress } from './reap-progress.ts';
import { releaseContent } from './release-content.ts';

type TaskKey = readonly [kind: TaskKind, id: string, part: string];

/** Where a task goes on; undefined when it is done. */
export type TaskEnd = string | undefined;

/**
 * One commit of the next tasks in turn: a step of each, as many as fit. Files that somebody reads
 * wait. True if there is more to do now.
 */
export async function runTasks(
  { runner, pins }: DirectoryParts,
  progress: ReapProgress,
): Promise<boolean> {
  const limit = DIRECTORY_LIMITS.reapTasks;
  const after = progress.tasks;
  const rows = await runner.query((tx) =>
    tx.range(tasks, { prefix: [], limit, ...(after && { after }) }),
  );
  const claimed = rows.filter(({ key }) => key[0] === 'file').map(({ key }) => ({ file: key[1] }));
  using claim = pins.claim(claimed);
  const free = new Set(claim.free.map(({ file }) => file));
  const keys = rows.map(({ key }) => key).filter(([kind, id]) => kind !== 'file' || free.has(id));
  const { last, unfinished } = await runner.transact((tx) => runSome(tx, keys), undefined, {
    frees: true,
  });
  const stopped = last !== undefined && last !== keys.at(-1);
  progress.tasks = stopped ? last : rows.length === limit ? rows.at(-1)?.key : undefined;
  // At the end of a round that began in the middle, what is before is still to be looked at.
  return unfinished || progress.tasks !== undefined || (after !== undefined && rows.length > 0);
}

async function runSome(
  tx: WriteTransaction,
  keys: readonly TaskKey[],
): Promise<{ last: TaskKey | undefined; unfinished: boolean }> {
  const counted = countWrites(tx);
  let unfinished = false;
  let last: TaskKey | undefined;
  for (const key of keys) {
    if (counted.keys() >= DIRECTORY_LIMITS.reapKeys) break;
    last = key;
    const state = await tx.get(tasks, ...key);
    if (!state) continue;
    const after = await runStep(counted.tx, key, state.after);
    if (after === undefined) tx.delete(tasks, ...key);
    else tx.put(tasks, { after }, ...key);
    // A purge may queue what it found.
    if (after !== undefined || key[0] === 'bin' || key[0] === 'folder') unfinished = true;
  }
  return { last, unfinished };
}

async function runStep(
  tx: WriteTransaction,
  [kind, id, part]: TaskKey,
  after: string,
): Promise<TaskEnd> {
  switch (kind) {
    case 'bin':
      return await purgeBin(tx, id, Number(part));
    case 'folder':
      return await purgeFolder(tx, id);
    case 'file':
      return await purgeFile(tx, id, after);
    case 'content':
      return await releaseContent(tx, { file: id, content: part });
    case 'retarget':
      return await retargetStep(tx, id, after);
  }
}
