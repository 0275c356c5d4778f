import { blake3Hasher } from '@holdfast/crypto';
import { nodeClock, nodeRandom } from '@holdfast/host';
import { connectHoldfast, type HoldfastClient } from '@holdfast/sdk';
import type { BenchCluster } from './cluster/bench-cluster.ts';

/** What clients that share one login know of it: an account has only so many of them. */
export interface SharedLogin {
  token?: string | undefined;
}

/** Logs in as the cluster's administrator, unless another client has done so for both. */
export async function connectClient(
  cluster: BenchCluster,
  shared: SharedLogin = {},
): Promise<HoldfastClient> {
  const { user, password } = cluster;
  return await connectHoldfast({
    addresses: [cluster.address],
    credentials: {
      token: () => Promise.resolve(shared.token),
      password: (refused) => Promise.resolve(refused ? undefined : { user, password }),
      keep: (login) => {
        shared.token = login?.token;
        return Promise.resolve();
      },
    },
    name: 'bench',
    clock: nodeClock,
    random: nodeRandom,
    hasher: blake3Hasher,
  });
}
