import { join } from 'node:path';
import { Disposer } from '@holdfast/kernel';
import { timed, type BenchContext, type Row } from '../bench-context.ts';
import { BenchCluster } from '../cluster/bench-cluster.ts';
import { connectClient } from '../connect-client.ts';
import { Figures, type FigureKind } from '../measure/figures.ts';
import { AT_ONCE } from '../sizes.ts';
import { noise, readAll } from './content.ts';
import { SmallFiles } from './small-files.ts';

const MIB = 1024 * 1024;

/** A curve: the same work on clusters of ever more servers, three copies of each file. */
export const servers: Row = {
  name: 'servers',
  about: 'large and small files on clusters of 3, 5 and 9 servers, all on this machine',
  run: async (context) => {
    const figures = new Figures('servers');
    for (const count of context.sizes.servers) await measure(context, figures, count);
    return figures.all();
  },
};

async function measure(context: BenchContext, figures: Figures, count: number): Promise<void> {
  await using owned = new Disposer();
  const folder = join(context.bareFolder, `servers-${count}`);
  const cluster = owned.use(await BenchCluster.start(folder, false, count));
  const client = owned.use(await connectClient(cluster));
  const on = { ...context, client, cluster, profiler: undefined };
  await client.files.makeFolder({ path: on.remoteFolder, parents: true });
  const { largeBytes, smallAtOnce } = on.sizes;
  const small = new SmallFiles(on);
  for (let i = 0; i < on.repeat; i++) {
    const path = `${on.remoteFolder}/large-${i}`;
    const put = await timed(on, 'put', () => client.putFile(noise(largeBytes), { path }));
    figures.add(kind('put a large file', count, 'MiB/s'), largeBytes / MIB / put.seconds);
    const get = await timed(on, 'get', () => readAll(client, path, largeBytes));
    figures.add(kind('get a large file', count, 'MiB/s'), largeBytes / MIB / get.seconds);
    await small.newFolder();
    const puts = await small.put(smallAtOnce, AT_ONCE.small);
    figures.add(kind('put small files', count, 'files/s'), puts.perSecond);
    const gets = await small.get(smallAtOnce, AT_ONCE.small, smallAtOnce);
    figures.add(kind('get small files', count, 'files/s'), gets.perSecond);
  }
}

function kind(what: string, count: number, unit: FigureKind['unit']): FigureKind {
  return { name: `${what}, ${count} servers`, unit, better: 'more' };
}
