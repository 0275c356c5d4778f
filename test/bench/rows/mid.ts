import { timedResult, type Row } from '../bench-context.ts';
import { bareAppends } from '../limits/append.ts';
import { bareEcho } from '../limits/echo.ts';
import { Figures } from '../measure/figures.ts';
import { AT_ONCE } from '../sizes.ts';
import { addCallLimit, addCallRate, type CallKind } from './call-figures.ts';
import { SmallFiles } from './small-files.ts';
import { SYNCS_IN_A_ROW } from './syncs.ts';

const PUT: CallKind = {
  name: 'put files of 64 KiB, 16 at once',
  unit: 'files/s',
  goalPerSecond: 1_500,
};
const GET: CallKind = { ...PUT, name: 'get files of 64 KiB, 16 at once', goalPerSecond: 4_000 };

export const mid: Row = {
  name: 'mid',
  about: 'files of 64 KiB, put and got 16 at once',
  run: async (context) => {
    const { sizes, repeat, bareFolder } = context;
    const figures = new Figures('mid');
    const files = new SmallFiles(context, sizes.midBytes);
    const width = AT_ONCE.mid;
    const count = sizes.mids;
    await files.newFolder();
    await files.put(count, width);
    await files.get(count, width, count);
    for (let i = 0; i < repeat; i++) {
      await files.newFolder();
      const put = await timedResult(context, 'mid-put', () => files.put(count, width));
      addCallRate(figures, PUT, put.result);
      const groups = Math.ceil(count / width);
      const bare = await bareAppends({
        folder: bareFolder,
        recordBytes: width * sizes.midBytes,
        records: groups,
        recordsPerSync: 1,
      });
      addCallLimit(figures, PUT, {
        what: `bare synced appends, ${width} files in each, three processes at once`,
        perSecond: (groups * width) / bare.seconds,
        p50Ms: SYNCS_IN_A_ROW.chunk * bare.groupP50Ms,
      });
      const get = await timedResult(context, 'mid-get', () => files.get(count, width, count));
      addCallRate(figures, GET, get.result);
      const echoed = await bareEcho({ calls: count, width, answerBytes: sizes.midBytes });
      const what = 'round trips over a plain WebSocket, answers of the same size';
      addCallLimit(figures, GET, { what, ...echoed });
    }
    return figures.all();
  },
};
