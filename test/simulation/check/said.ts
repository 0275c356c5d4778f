import type { SimulatedCluster } from '../cluster/simulated-cluster.ts';

const ALL = 1_000_000;

/**
 * Which live store lacks, at this moment, a chunk that the directory counts on it for (§P1). True at
 * any time, unlike that all is whole: what may have been forgotten is put in doubt before its store
 * is live.
 */
export async function whatIsSaidFalsely(cluster: SimulatedCluster): Promise<readonly string[]> {
  const { parts } = cluster.frontend;
  if (!parts) return [];
  const wrong: string[] = [];
  for (const { name, store } of cluster.servers) {
    if (!store || !parts.members.named(name)?.live) continue;
    const said = await parts.directory.chunksOn(store.id, undefined, ALL);
    for (const { file, hash, wanted, holders } of said) {
      // What nobody wants may be deleted before the directory is told.
      if (wanted.length === 0 || store.has({ file, hash })) continue;
      const counted = holders.some(
        (holder) =>
          holder.store === store.id && holder.confirmed && holder.generation === store.generation,
      );
      if (counted) wrong.push(`${name} lacks ${file}/${hash}, which it is counted on for (§P1)`);
    }
  }
  return wrong;
}
