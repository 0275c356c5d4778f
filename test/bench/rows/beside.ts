import type { Row } from '../bench-context.ts';
import { connectClient } from '../connect-client.ts';
import { atOnce, whileWanted } from '../measure/at-once.ts';
import { Figures, type FigureKind } from '../measure/figures.ts';
import { noise, readAll } from './content.ts';

const MIN_CALLS = 20;

const GET: FigureKind = {
  name: 'a small call beside a large get: p99',
  unit: 'ms',
  better: 'less',
};
const PUT: FigureKind = { ...GET, name: 'a small call beside a large put: p99' };

export const beside: Row = {
  name: 'beside',
  about:
    'a small call of a client that moves a large file; beside the same call with nothing to move',
  run: async (context) => {
    const { cluster, sizes, repeat, remoteFolder } = context;
    const figures = new Figures('beside');
    await using client = await connectClient(cluster);
    const call = (): Promise<unknown> => client.files.stat({ path: remoteFolder });
    for (let i = 0; i < repeat; i++) {
      const idle = await atOnce(sizes.stats / 16, 1, call);
      const path = `${remoteFolder}/beside-${i}`;
      const moves: [FigureKind, () => Promise<unknown>][] = [
        [PUT, () => client.putFile(noise(sizes.largeBytes), { path })],
        [GET, () => readAll(client, path, sizes.largeBytes)],
      ];
      for (const [kind, move] of moves) {
        let moving = true;
        const moved = move().finally(() => (moving = false));
        let calls = 0;
        const busy = await whileWanted(() => moving || calls++ < MIN_CALLS, 1, call);
        await moved;
        figures.add(kind, busy.p99Ms);
        figures.addLimit(kind.name, 'the same call with nothing to move', idle.p99Ms);
      }
    }
    return figures.all();
  },
};
