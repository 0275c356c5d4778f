import { join } from 'node:path';
import type { Row } from '../bench-context.ts';
import { BenchCluster } from '../cluster/bench-cluster.ts';
import { connectClient } from '../connect-client.ts';
import { Figures, type FigureKind } from '../measure/figures.ts';
import { noise } from './content.ts';

const FIRST_FILE: FigureKind = {
  name: 'start to first stored file',
  unit: 'ms',
  better: 'less',
  goal: 1_500,
};

export const start: Row = {
  name: 'start',
  about: 'from starting four processes with empty folders to the first stored file',
  run: async (context) => {
    const { sizes, repeat, bareFolder, remoteFolder } = context;
    const figures = new Figures('start');
    for (let i = 0; i < repeat; i++) {
      const begun = performance.now();
      await using cluster = await BenchCluster.start(join(bareFolder, `start-${i}`), false);
      await using client = await connectClient(cluster);
      await client.files.makeFolder({ path: remoteFolder, parents: true });
      await client.putFile(noise(sizes.smallBytes), { path: `${remoteFolder}/first` });
      figures.add(FIRST_FILE, performance.now() - begun);
    }
    return figures.all();
  },
};
