import { timedResult, type Row } from '../bench-context.ts';
import { bareEcho } from '../limits/echo.ts';
import { atOnce, type CallRate } from '../measure/at-once.ts';
import { Figures } from '../measure/figures.ts';
import { AT_ONCE } from '../sizes.ts';
import { addCallLimit, addCallRate, type CallKind } from './call-figures.ts';
import { scattered, SmallFiles } from './small-files.ts';

const FILES = 1_000;
/** An entry in JSON. */
const ANSWER_BYTES = 300;
const AT_16: CallKind = { name: 'stat, 16 at once', unit: 'calls/s', goalPerSecond: 15_000 };

export const stat: Row = {
  name: 'stat',
  about: 'stat of many files, 16 at once; beside round trips over a plain WebSocket',
  run: async (context) => {
    const { client, sizes, repeat } = context;
    const figures = new Figures('stat');
    const files = new SmallFiles(context);
    const width = AT_ONCE.stat;
    await files.newFolder();
    const count = Math.min(FILES, sizes.stats);
    await files.put(count, AT_ONCE.small);
    const statAll = (calls: number): Promise<CallRate> =>
      atOnce(calls, width, (index) =>
        client.files.stat({ path: files.pathOf(scattered(index, count)) }),
      );
    await statAll(sizes.stats);
    for (let i = 0; i < repeat; i++) {
      const { result } = await timedResult(context, 'stat', () => statAll(sizes.stats));
      addCallRate(figures, AT_16, result);
      const bare = await bareEcho({ calls: sizes.stats, width, answerBytes: ANSWER_BYTES });
      const what = 'round trips over a plain WebSocket, answers of the same size';
      addCallLimit(figures, AT_16, { what, ...bare });
    }
    return figures.all();
  },
};
