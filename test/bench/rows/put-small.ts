import { timedResult, type Row } from '../bench-context.ts';
import { bareAppends } from '../limits/append.ts';
import { Figures } from '../measure/figures.ts';
import { AT_ONCE } from '../sizes.ts';
import { addCallLimit, addCallRate, type CallKind } from './call-figures.ts';
import { SmallFiles } from './small-files.ts';
import { SYNCS_IN_A_ROW } from './syncs.ts';

const ALONE: CallKind = { name: 'put small files, 1 at once', unit: 'files/s', goalP50Ms: 2.5 };
const AT_64: CallKind = {
  name: 'put small files, 64 at once',
  unit: 'files/s',
  goalPerSecond: 3_000,
};

export const putSmall: Row = {
  name: 'put-small',
  about: 'files of 1 KiB, 1 and 64 at once; beside bare synced appends',
  run: async (context) => {
    const { sizes, repeat, bareFolder } = context;
    const figures = new Figures('put-small');
    const files = new SmallFiles(context);
    await files.newFolder();
    await files.put(sizes.smallAtOnce, AT_ONCE.small);
    await files.newFolder();
    await files.put(sizes.warmAlone, 1);
    for (let i = 0; i < repeat; i++) {
      for (const [kind, count, width] of [
        [ALONE, sizes.smallAlone, 1],
        [AT_64, sizes.smallAtOnce, AT_ONCE.small],
      ] as const) {
        await files.newFolder();
        const { result } = await timedResult(context, `put-small-${width}`, () =>
          files.put(count, width),
        );
        addCallRate(figures, kind, result);
        const groups = Math.ceil(count / width);
        const bare = await bareAppends({
          folder: bareFolder,
          recordBytes: width * sizes.smallBytes,
          records: groups * SYNCS_IN_A_ROW.commit,
          recordsPerSync: 1,
        });
        addCallLimit(figures, kind, {
          what: `${SYNCS_IN_A_ROW.commit} bare synced appends in a row, ${width} files in each, three processes at once`,
          perSecond: (groups * width) / bare.seconds,
          p50Ms: SYNCS_IN_A_ROW.commit * bare.groupP50Ms,
        });
      }
    }
    return figures.all();
  },
};
