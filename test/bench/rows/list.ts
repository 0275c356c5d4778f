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
    const listAll = async (): Promise<void> => {
      let listed = 0;
      for await (const _entry of client.list(folder)) listed++;
      if (listed !== sizes.entries) throw new Error(`${folder} listed ${listed} entries.`);
    };
    await listAll();
    for (let i = 0; i < repeat; i++) {
      const { seconds } = await timed(context, 'list', listAll);
      figures.add(RATE, sizes.entries / seconds);
      const bare = await bareScan(join(bareFolder, 'level'), sizes.entries);
      figures.addLimit(RATE.name, 'the bare iterator of LevelDB over as many records', bare);
    }
    return figures.all();
  },
};
