import { join } from 'node:path';
import { Disposer } from '@holdfast/kernel';
import type { HoldfastClient } from '@holdfast/sdk';
import type { BenchContext, Row } from '../bench-context.ts';
import { BenchCluster } from '../cluster/bench-cluster.ts';
import { connectClient, type SharedLogin } from '../connect-client.ts';
import { bareEcho } from '../limits/echo.ts';
import { atOnce } from '../measure/at-once.ts';
import { Figures, type FigureKind } from '../measure/figures.ts';
import { residentMib } from '../measure/process-usage.ts';
import { noise, readAll } from './content.ts';

const IDLE_GOAL_MIB = 100;
const IDLE: FigureKind = {
  name: 'memory of the frontend for clients that are idle',
  unit: 'MiB',
  better: 'less',
  goal: IDLE_GOAL_MIB,
};

/** A curve: small files of ever more clients, each with connections of its own, one call at a time. */
export const clients: Row = {
  name: 'clients',
  about: 'small files of 1 to 256 clients; memory of the frontend for 1,000 idle ones',
  run: async (context) => {
    const { sizes } = context;
    const figures = new Figures('clients');
    await using connected = new Disposer();
    const all: HoldfastClient[] = [];
    const shared: SharedLogin = {};
    const connect = (): Promise<HoldfastClient> => connectClient(context.cluster, shared);
    for (const count of sizes.clients) {
      while (all.length < count) all.push(connected.use(await connect()));
      await measure(context, figures, all);
    }
    figures.add(IDLE, await memoryForIdle(context));
    return figures.all();
  },
};

/** On a cluster of their own: the sessions of those that worked are kept for a while. */
async function memoryForIdle({ sizes, bareFolder }: BenchContext): Promise<number> {
  await using cluster = await BenchCluster.start(join(bareFolder, 'idle'), false);
  const { pid } = cluster.part('frontend');
  const shared: SharedLogin = {};
  await using idle = new Disposer();
  idle.use(await connectClient(cluster, shared));
  const before = residentMib(pid);
  for (let i = 0; i < sizes.idleClients; i++) idle.use(await connectClient(cluster, shared));
  return residentMib(pid) - before;
}

async function measure(
  { sizes, repeat, remoteFolder }: BenchContext,
  figures: Figures,
  all: readonly HoldfastClient[],
): Promise<void> {
  const width = all.length;
  const files = Math.max(width, Math.ceil(sizes.smallAtOnce / 4));
  const who = width === 1 ? '1 client' : `${width} clients`;
  const [put, get] = ['put', 'get'].map((verb): FigureKind => {
    return { name: `${verb} small files, ${who}`, unit: 'files/s', better: 'more' };
  }) as [FigureKind, FigureKind];
  for (let i = 0; i < repeat; i++) {
    const path = (index: number): string => `${remoteFolder}/clients-${width}-${i}-${index}`;
    const clientOf = (index: number): HoldfastClient => all[index % width] as HoldfastClient;
    const written = await atOnce(files, width, (index) =>
      clientOf(index).putFile(noise(sizes.smallBytes), { path: path(index) }),
    );
    figures.add(put, written.perSecond);
    const read = await atOnce(files, width, (index) =>
      readAll(clientOf(index), path(index), sizes.smallBytes),
    );
    figures.add(get, read.perSecond);
    const bare = await bareEcho({ calls: files, width, answerBytes: sizes.smallBytes });
    for (const { name } of [put, get]) {
      figures.addLimit(name, 'round trips over one plain WebSocket', bare.perSecond);
    }
  }
}
