import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { timed, type BenchContext, type Row } from '../bench-context.ts';
import { copyTree } from '../limits/copy-tree.ts';
import { bareRelay } from '../limits/relay.ts';
import { atOnce } from '../measure/at-once.ts';
import { Figures, type FigureKind } from '../measure/figures.ts';
import { AT_ONCE, GIB } from '../sizes.ts';
import { noise, readAll } from './content.ts';
import { runClient } from './run-client.ts';

const MIB = 1024 * 1024;

const FIRST: FigureKind = {
  name: 'get a large file, first',
  unit: 'MiB/s',
  better: 'more',
  goal: 500,
};
const AGAIN: FigureKind = { ...FIRST, name: 'get a large file, again' };
const FOUR: FigureKind = { ...FIRST, name: 'get a large file four times at once' };
const TO_DISK: FigureKind = {
  name: 'get a large file to a local one',
  unit: 'MiB/s',
  better: 'more',
};
const CPU: FigureKind = {
  name: 'get a large file: all servers',
  unit: 'CPU s/GiB',
  better: 'less',
  goal: 1.5,
};

export const getLarge: Row = {
  name: 'get-large',
  about:
    'one large file to nowhere, just put and again; beside a raw TCP stream relayed once; and to a local file',
  run: async (context) => {
    const { client, sizes, repeat, remoteFolder } = context;
    const figures = new Figures('get-large');
    for (let i = 0; i < repeat; i++) {
      const path = `${remoteFolder}/large-${i}`;
      await client.putFile(noise(sizes.largeBytes), { path });
      for (const kind of [FIRST, AGAIN]) {
        const label = kind === FIRST ? 'get-large-first' : 'get-large-again';
        const { seconds, clusterCpuSeconds } = await timed(context, label, () =>
          readAll(client, path, sizes.largeBytes),
        );
        figures.add(kind, sizes.largeBytes / MIB / seconds);
        figures.add(CPU, (clusterCpuSeconds * GIB) / sizes.largeBytes);
      }
      const four = await timed(context, 'get-large-four', () =>
        atOnce(AT_ONCE.large, AT_ONCE.large, () => readAll(client, path, sizes.largeBytes)),
      );
      figures.add(FOUR, (AT_ONCE.large * sizes.largeBytes) / MIB / four.seconds);
      const relayed = await bareRelay(sizes.largeBytes);
      for (const { name } of [FIRST, AGAIN, FOUR]) {
        figures.addLimit(name, 'one raw TCP stream that a process of Node relays once', relayed);
      }
    }
    await measureToDisk(context, figures);
    return figures.all();
  },
};

/** By the client as a user runs it, on the disk that the servers have, too. */
async function measureToDisk(context: BenchContext, figures: Figures): Promise<void> {
  const { sizes, repeat, bareFolder: folder, remoteFolder } = context;
  const bytes = sizes.largeBytes;
  for (let i = 0; i < repeat; i++) {
    const local = join(folder, `large-${i}`);
    const { seconds } = await timed(context, 'get-large-to-disk', () =>
      runClient(context, 'get', `${remoteFolder}/large-${i}`, local),
    );
    await rm(local);
    figures.add(TO_DISK, bytes / MIB / seconds);
    const copied = await copyTree({ folder, sets: [{ files: 1, bytes }], copies: 1 });
    figures.addLimit(
      TO_DISK.name,
      'cp of a local file of that size, and a sync',
      bytes / MIB / copied,
    );
  }
}
