import { blake3Hasher } from '@holdfast/crypto';
import { nodeClock, nodeRandom } from '@holdfast/host';
import { connectHoldfast, type HoldfastClient } from '@holdfast/sdk';
import type { BenchCluster } from './cluster/bench-cluster.ts';

/** Logs in as the cluster's administrator. */
export async function connectClient(cluster: BenchCluster): Promise<HoldfastClient> {
  const { user, password } = cluster;
  return await connectHoldfast({
    addresses: [cluster.address],
    credentials: {
      token: () => Promise.resolve(undefined),
      password: (refused) => Promise.resolve(refused ? undefined : { user, password }),
      keep: () => Promise.resolve(),
    },
    name: 'bench',
    clock: nodeClock,
    random: nodeRandom,
    hasher: blake3Hasher,
  });
}
