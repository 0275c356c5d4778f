import { setTimeout as pause } from 'node:timers/promises';
import { HoldfastError } from '@holdfast/contracts';
import { findRebuildRequest, leaveRebuildRequest, readRebuildReport } from '@holdfast/host';
import { awaitStarted } from './await-ready.ts';
import type { ClusterFolder } from './cluster-folder.ts';
import { startAll } from './cluster-up.ts';
import { askReadiness } from './health.ts';
import { frontendOf, type Instance } from './instance.ts';
import { CLUSTER_LIMITS } from './limits.ts';
import { runningPid, stopPart } from './part-process.ts';

export interface RebuildOptions {
  /** The file of the frontend, where it is not one of the cluster's folder. */
  readonly config?: string | undefined;
  readonly acceptLoss: boolean;
}

/**
 * Has the frontend make its directory anew from what the stores hold (§P11), at its next start. One
 * of this folder is started now; one that a service manager runs is for that to start. Returns lines
 * that tell what was done; rejects with `unavailable`, naming what is missing, if it does not go
 * ahead yet. It then goes on by itself once that comes.
 */
export async function rebuildDirectory(
  folder: ClusterFolder,
  { config: file, acceptLoss }: RebuildOptions,
): Promise<readonly string[]> {
  const instance = await frontendOf(folder, file);
  const { config } = instance;
  const runs = (await runningPid(folder, instance)) !== undefined;
  if (runs) await stopPart(folder, instance);
  await leaveRebuildRequest(config, { acceptLoss });
  if (!runs && file !== undefined) {
    return [
      `${config.name} rebuilds its directory when it is started next, and tells in its log and at ` +
        `/readyz what it waits for. Start it now, and again if it runs.`,
    ];
  }
  await startAll(folder, [instance]);
  await untilRebuilt(folder, instance, acceptLoss);
  const not = await awaitStarted(folder, instance);
  const report = await readRebuildReport(config);
  return not ? [...report, `${config.name} waits: ${not.reason}`] : report;
}

/** Waits until the frontend has done it; rejects with what that waits for, after a time. */
export async function untilRebuilt(
  folder: ClusterFolder,
  instance: Extract<Instance, { kind: 'frontend' }>,
  acceptLoss: boolean,
  waits: Record<'rebuildMs' | 'rebuildWithLossMs', number> = CLUSTER_LIMITS,
): Promise<void> {
  const { config } = instance;
  const patienceMs = acceptLoss ? waits.rebuildWithLossMs : waits.rebuildMs;
  const end = performance.now() + patienceMs;
  while ((await findRebuildRequest(config)) !== undefined) {
    // Rejects with the last lines of its log.
    if ((await runningPid(folder, instance)) === undefined) await awaitStarted(folder, instance);
    if (performance.now() > end) {
      const answer = await askReadiness(config.listen);
      throw new HoldfastError(
        'unavailable',
        answer.state === 'waiting' ? answer.reason : `${config.name} does not answer.`,
      );
    }
    await pause(CLUSTER_LIMITS.pollMs);
  }
}
