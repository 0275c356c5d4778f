import { timedResult, type Row } from '../bench-context.ts';
import { bareEcho } from '../limits/echo.ts';
import { Figures } from '../measure/figures.ts';
import { AT_ONCE } from '../sizes.ts';
import { addCallLimit, addCallRate, type CallKind } from './call-figures.ts';
import { SmallFiles } from './small-files.ts';

const ALONE: CallKind = { name: 'get small files, 1 at once', unit: 'files/s', goalP50Ms: 0.8 };
const AT_64: CallKind = {
  name: 'get small files, 64 at once',
  unit: 'files/s',
  goalPerSecond: 12_000,
};

export const getSmall: Row = {
  name: 'get-small',
  about: 'files of 1 KiB, 1 and 64 at once; beside round trips over a plain WebSocket',
  run: async (context) => {
    const { sizes, repeat } = context;
    const figures = new Figures('get-small');
    const files = new SmallFiles(context);
    await files.newFolder();
    await files.put(sizes.smallAtOnce, AT_ONCE.small);
    await files.get(sizes.smallAtOnce, AT_ONCE.small, sizes.smallAtOnce);
    await files.get(sizes.warmAlone, 1, sizes.smallAtOnce);
    for (let i = 0; i < repeat; i++) {
      for (const [kind, count, width] of [
        [ALONE, sizes.smallAlone, 1],
        [AT_64, sizes.smallAtOnce, AT_ONCE.small],
      ] as const) {
        const { result } = await timedResult(context, `get-small-${width}`, () =>
          files.get(count, width, sizes.smallAtOnce),
        );
        addCallRate(figures, kind, result);
        const bare = await bareEcho({ calls: count, width, answerBytes: sizes.smallBytes });
        const what = 'round trips over a plain WebSocket, answers of the same size';
        addCallLimit(figures, kind, { what, ...bare });
      }
    }
    return figures.all();
  },
};
