import type { ClusterStatus, ShownServerState } from '@holdfast/contracts';
import type { TestCluster } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';

/** Chunks on a server's disk, as the server itself counts them. */
export async function chunksOn(cluster: TestCluster, server: string): Promise<number> {
  const port = cluster.port + cluster.servers.indexOf(server) + 1;
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  const figure = /^holdfast_store_chunks (\d+)/m.exec(await answer.text())?.[1];
  if (figure === undefined) throw new Error(`${server} does not tell how many chunks it has`);
  return Number(figure);
}

/** Copies of chunks on all servers together. */
export async function chunksStored(cluster: TestCluster): Promise<number> {
  const counts = await Promise.all(cluster.servers.map((server) => chunksOn(cluster, server)));
  return counts.reduce((sum, count) => sum + count, 0);
}

export async function statusOf(cluster: TestCluster): Promise<ClusterStatus> {
  return await cluster.json<ClusterStatus>(['status']);
}

export async function stateOf(cluster: TestCluster, server: string): Promise<ShownServerState> {
  const { servers } = await statusOf(cluster);
  return servers.find(({ name }) => name === server)?.state ?? 'gone';
}

/** Waits until every server is live and every chunk has all its copies, without a command. */
export async function untilWhole(cluster: TestCluster, timeoutMs = 60_000): Promise<void> {
  const isWhole = async (): Promise<boolean> => {
    const { servers, repair } = await statusOf(cluster);
    const live = servers.filter(({ state }) => state === 'live').length;
    return live === cluster.servers.length && repair.underReplicated === 0;
  };
  await until('all servers live and all chunks with all copies', isWhole, timeoutMs);
}
