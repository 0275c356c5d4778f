import { join } from 'node:path';
import { timed, type Row } from '../bench-context.ts';
import { bareScan } from '../limits/level-scan.ts';
import { Figures, type FigureKind } from '../measure/figures.ts';
import { AT_ONCE } from '../sizes.ts';
import { SmallFiles } from './small-files.ts';

const RATE: FigureKind = {
  name: 'list a large folder',
  unit: 'entries/s',
  better: 'more',
  goal: 150_000,
};

export const list: Row = {
  name: 'list',
  about: 'a folder of many files; beside the bare iterator of LevelDB over as many records',
  run: async (context) => {
    const { client, sizes, repeat, bareFolder } = context;
    const figures = new Figures('list');
    const files = new SmallFiles(context);
    const folder = await files.newFolder();
    await files.put(sizes.entries, AT_ONCE.small);
    for (let i = 0; i < repeat; i++) {
      let listed = 0;
      const { seconds } = await timed(context, 'list', async () => {
        for await (const _entry of client.list(folder)) listed++;
      });
      if (listed !== sizes.entries) throw new Error(`${folder} listed ${listed} entries.`);
      figures.add(RATE, listed / seconds);
      const bare = await bareScan(join(bareFolder, 'level'), sizes.entries);
      figures.addLimit(RATE.name, 'the bare iterator of LevelDB over as many records', bare);
    }
    return figures.all();
  },
};
