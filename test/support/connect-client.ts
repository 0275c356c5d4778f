import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { blake3Hasher } from '@holdfast/crypto';
import { nodeClock, nodeRandom } from '@holdfast/host';
import { connectHoldfast, type HoldfastClient } from '@holdfast/sdk';
import type { TestCluster } from './test-cluster.ts';

interface Profile {
  readonly addresses: readonly string[];
  readonly user: string;
  readonly password: string;
}

/** Connects this process to a cluster as its administrator, by the profile that `cluster up` made. */
export async function connectClient(cluster: TestCluster): Promise<HoldfastClient> {
  return await connectWith(configOf(cluster));
}

/** The file with the profile of a cluster's administrator. */
export function configOf(cluster: TestCluster): string {
  return join(cluster.folder, 'config/holdfast/config.json');
}

export async function connectWith(config: string): Promise<HoldfastClient> {
  const { profiles } = JSON.parse(await readFile(config, 'utf8')) as {
    profiles: { cluster: Profile };
  };
  const { addresses, user, password } = profiles.cluster;
  let kept: string | undefined;
  return await connectHoldfast({
    addresses,
    credentials: {
      token: () => Promise.resolve(kept),
      password: (refused) => Promise.resolve(refused ? undefined : { user, password }),
      keep: (login) => {
        kept = login?.token;
        return Promise.resolve();
      },
    },
    clock: nodeClock,
    random: nodeRandom,
    hasher: blake3Hasher,
  });
}
