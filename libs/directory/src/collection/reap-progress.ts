import type { TaskKind } from '../tables/tasks.ts';

/** Where walks of the reaper stand, in memory only: after a restart they begin anew. */
export interface ReapProgress {
  garbage: readonly [file: string, hash: string] | undefined;
  uploads: readonly [upload: string] | undefined;
  tasks: readonly [kind: TaskKind, id: string, part: string] | undefined;
}

export function newReapProgress(): ReapProgress {
  return { garbage: undefined, uploads: undefined, tasks: undefined };
}
