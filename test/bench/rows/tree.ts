import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { timed, type Row } from '../bench-context.ts';
import { copyAndSync, makeFiles } from '../limits/copy-tree.ts';
import { Figures, type FigureKind } from '../measure/figures.ts';
import { runClient } from './run-client.ts';

const PUT: FigureKind = { name: 'put -r a tree of small files', unit: 'files/s', better: 'more' };
const GET: FigureKind = { ...PUT, name: 'get -r a tree of small files' };

export const tree: Row = {
  name: 'tree',
  about: 'a folder tree of small files, put and got by the client; beside cp -r and a sync',
  run: async (context) => {
    const { sizes, repeat, bareFolder, remoteFolder } = context;
    const figures = new Figures('tree');
    const local = join(bareFolder, 'tree');
    await makeFiles(local, { files: sizes.missed, bytes: sizes.smallBytes });
    for (let i = 0; i < repeat; i++) {
      const remote = `${remoteFolder}/tree-${i}`;
      const back = join(bareFolder, 'tree-back');
      const copy = join(bareFolder, 'tree-copy');
      const put = await timed(context, 'tree-put', () =>
        runClient(context, 'put', '-r', local, remote),
      );
      figures.add(PUT, sizes.missed / put.seconds);
      const get = await timed(context, 'tree-get', () =>
        runClient(context, 'get', '-r', remote, back),
      );
      figures.add(GET, sizes.missed / get.seconds);
      const bare = await timed(context, 'tree-bare', () => copyAndSync(local, copy));
      for (const { name } of [PUT, GET]) {
        figures.addLimit(name, 'cp -r of the same tree, and a sync', sizes.missed / bare.seconds);
      }
      await Promise.all([back, copy].map((folder) => rm(folder, { recursive: true })));
    }
    return figures.all();
  },
};
