import { HoldfastError } from '@holdfast/contracts';
import type { ClusterFolder } from './cluster-folder.ts';
import { findInstances, type Instance } from './instance.ts';
import { stopPart } from './part-process.ts';

/**
 * Ends all parts that run: the frontend first, so that it does not see its servers leave one by one.
 * Returns the names of those that were running; rejects with `timeout` if one does not end.
 */
export async function clusterDown(folder: ClusterFolder): Promise<readonly string[]> {
  const instances = await findInstances(folder);
  const stopped: string[] = [];
  for (const kind of ['frontend', 'server'] as const) {
    const parts = instances.filter((instance) => instance.kind === kind);
    stopped.push(...(await stopTogether(folder, parts)));
  }
  return stopped;
}

async function stopTogether(
  folder: ClusterFolder,
  instances: readonly Instance[],
): Promise<string[]> {
  const results = await Promise.allSettled(
    instances.map(async (instance) => ({
      name: instance.config.name,
      wasRunning: await stopPart(folder, instance),
    })),
  );
  const failed = results.filter((result) => result.status === 'rejected');
  if (failed.length > 0) {
    const reasons = failed.map(({ reason }) => (reason as Error).message).join('\n');
    throw new HoldfastError('timeout', reasons);
  }
  return results.flatMap((result) =>
    result.status === 'fulfilled' && result.value.wasRunning ? [result.value.name] : [],
  );
}
