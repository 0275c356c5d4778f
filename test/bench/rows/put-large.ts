import { timed, type Row } from '../bench-context.ts';
import { bareAppends } from '../limits/append.ts';
import { atOnce } from '../measure/at-once.ts';
import { Figures, type FigureKind } from '../measure/figures.ts';
import { AT_ONCE, GIB } from '../sizes.ts';
import { noise } from './content.ts';

const MIB = 1024 * 1024;
const RECORD_BYTES = 4 * MIB;
const RECORDS_PER_SYNC = 4;

const RATE: FigureKind = { name: 'put a large file', unit: 'MiB/s', better: 'more', goal: 250 };
const FOUR: FigureKind = { ...RATE, name: 'put four large files at once' };
const CPU: FigureKind = {
  name: 'put a large file: all servers',
  unit: 'CPU s/GiB',
  better: 'less',
  goal: 6,
};

export const putLarge: Row = {
  name: 'put-large',
  about: 'one large file, three copies; beside three bare processes that append the same',
  run: async (context) => {
    const { client, sizes, repeat, remoteFolder, bareFolder } = context;
    const figures = new Figures('put-large');
    await client.putFile(noise(sizes.largeBytes / 16), { path: `${remoteFolder}/warm-up` });
    for (let i = 0; i < repeat; i++) {
      const path = `${remoteFolder}/large-${i}`;
      const { seconds, clusterCpuSeconds } = await timed(context, 'put-large', () =>
        client.putFile(noise(sizes.largeBytes), { path }),
      );
      figures.add(RATE, sizes.largeBytes / MIB / seconds);
      const quarter = Math.floor(sizes.largeBytes / AT_ONCE.large);
      const four = await timed(context, 'put-large-four', () =>
        atOnce(AT_ONCE.large, AT_ONCE.large, (index) =>
          client.putFile(noise(quarter), { path: `${path}-${index}` }),
        ),
      );
      figures.add(FOUR, (AT_ONCE.large * quarter) / MIB / four.seconds);
      figures.add(CPU, (clusterCpuSeconds * GIB) / sizes.largeBytes);
      const records = Math.ceil(sizes.largeBytes / RECORD_BYTES);
      const bare = await bareAppends({
        folder: bareFolder,
        recordBytes: RECORD_BYTES,
        records,
        recordsPerSync: RECORDS_PER_SYNC,
      });
      const what = 'three processes append at once, direct, synced every 16 MiB';
      for (const { name } of [RATE, FOUR]) {
        figures.addLimit(name, what, (records * RECORD_BYTES) / MIB / bare.seconds);
      }
    }
    return figures.all();
  },
};
