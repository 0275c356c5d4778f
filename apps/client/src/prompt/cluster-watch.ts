import type { ClusterEvent } from '@holdfast/contracts';
import { sleep, type Clock } from '@holdfast/kernel';
import type { Connections } from '../connections.ts';
import { CLIENT_LIMITS } from '../limits.ts';

export interface WatchParts {
  readonly connections: Connections;
  readonly clock: Clock;
  /** Told of every event; the first after each connection only says how things stand. */
  readonly onEvent: (event: ClusterEvent, first: boolean) => void;
}

/** Follows what happens in the cluster, over reconnections, until `signal` aborts. */
export async function watchCluster(
  { connections, clock, onEvent }: WatchParts,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const client = connections.current;
    try {
      if (client?.state.kind === 'ready') {
        const options = { timeoutMs: CLIENT_LIMITS.subscribeMs, signal };
        const { events } = await client.cluster.watch({}, options);
        let first = true;
        for await (const event of events) {
          onEvent(event, first);
          first = false;
        }
      }
    } catch {
      // The connection was lost, or closed; `Connections` tells of that.
    }
    await sleep(clock, CLIENT_LIMITS.watchAgainMs, signal).catch(() => {});
  }
}
