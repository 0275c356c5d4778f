import { timedResult, type Row } from '../bench-context.ts';
import { bareAppends } from '../limits/append.ts';
import { atOnce, type CallRate } from '../measure/at-once.ts';
import { Figures } from '../measure/figures.ts';
import { AT_ONCE } from '../sizes.ts';
import { addCallLimit, addCallRate, type CallKind } from './call-figures.ts';
import { SmallFiles } from './small-files.ts';
import { SYNCS_IN_A_ROW } from './syncs.ts';

/** About what one change takes in the journal. */
const RECORD_BYTES = 512;

const RENAME: CallKind = { name: 'rename, 16 at once', unit: 'calls/s', goalPerSecond: 4_000 };
const REMOVE: CallKind = { ...RENAME, name: 'delete, 16 at once' };

export const change: Row = {
  name: 'change',
  about: 'rename and delete of many files, 16 at once; beside bare synced appends',
  run: async (context) => {
    const { client, sizes, repeat, bareFolder } = context;
    const figures = new Figures('change');
    const files = new SmallFiles(context);
    const width = AT_ONCE.stat;
    const count = sizes.changes;
    const rename = (): Promise<CallRate> =>
      atOnce(count, width, (index) => {
        const from = files.pathOf(index);
        return client.files.rename({ from, to: `${from}-renamed`, replace: false });
      });
    const remove = (): Promise<CallRate> =>
      atOnce(count, width, (index) =>
        client.files.remove({ path: `${files.pathOf(index)}-renamed`, recursive: false }),
      );
    const newFiles = async (): Promise<void> => {
      await files.newFolder();
      await files.put(count, AT_ONCE.small);
    };
    await newFiles();
    await rename();
    await remove();
    for (let i = 0; i < repeat; i++) {
      await newFiles();
      const renamed = await timedResult(context, 'rename', rename);
      addCallRate(figures, RENAME, renamed.result);
      const removed = await timedResult(context, 'delete', remove);
      addCallRate(figures, REMOVE, removed.result);
      const groups = Math.ceil(count / width);
      const bare = await bareAppends({
        folder: bareFolder,
        recordBytes: width * RECORD_BYTES,
        records: groups * SYNCS_IN_A_ROW.commit,
        recordsPerSync: 1,
      });
      for (const kind of [RENAME, REMOVE]) {
        addCallLimit(figures, kind, {
          what: `${SYNCS_IN_A_ROW.commit} bare synced appends in a row, ${width} changes in each, three processes at once`,
          perSecond: (groups * width) / bare.seconds,
          p50Ms: SYNCS_IN_A_ROW.commit * bare.groupP50Ms,
        });
      }
    }
    return figures.all();
  },
};
