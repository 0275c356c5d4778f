import { Disposer } from '@holdfast/kernel';
import type { HoldfastClient } from '@holdfast/sdk';
import type { BenchContext, Row } from '../bench-context.ts';
import { connectClient } from '../connect-client.ts';
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
    const pid = context.cluster.part('frontend').pid;
    for (const count of sizes.clients) {
      while (all.length < count) all.push(connected.use(await connectClient(context.cluster)));
      await measure(context, figures, all);
    }
    const before = residentMib(pid);
    await using idle = new Disposer();
    for (let i = 0; i < sizes.idleClients; i++) idle.use(await connectClient(context.cluster));
    figures.add(IDLE, residentMib(pid) - before);
    return figures.all();
  },
};

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
