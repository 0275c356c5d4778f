import { DATA_LIMITS } from '@holdfast/contracts';
import { nodeClock, nodeRandom } from '@holdfast/host';
import { partsLength } from '@holdfast/kernel';
import { connect } from '@holdfast/rmi';
import { timed, timedResult, type Row } from '../bench-context.ts';
import { bareEcho } from '../limits/echo.ts';
import { benchContract } from '../limits/rmi-server.ts';
import { startRole } from '../limits/role.ts';
import { bareWsStream } from '../limits/ws-stream.ts';
import { atOnce } from '../measure/at-once.ts';
import { Figures, type FigureKind } from '../measure/figures.ts';
import { AT_ONCE } from '../sizes.ts';
import { addCallLimit, addCallRate, type CallKind } from './call-figures.ts';

const MIB = 1024 * 1024;
const CHUNKS_AT_ONCE = 4;
const ANSWER_BYTES = 100;
const PATH = '/shared/a-folder/a-file-of-the-usual-length.txt';

const CALLS: CallKind = { name: 'rmi: calls, 64 at once', unit: 'calls/s' };
const FETCH: FigureKind = { name: 'rmi: chunks fetched', unit: 'MiB/s', better: 'more' };
const SEND: FigureKind = { name: 'rmi: chunks sent', unit: 'MiB/s', better: 'more' };

export const rmi: Row = {
  name: 'rmi',
  about: 'remote calls and chunks between two processes; beside the same over a plain WebSocket',
  run: async (context) => {
    const { sizes, repeat } = context;
    const figures = new Figures('rmi');
    await using server = await startRole<{ address: string }, object>('rmi-server', {});
    const addresses = [server.ready.address];
    await using link = connect({ addresses, clock: nodeClock, random: nodeRandom, name: 'bench' });
    await link.ready();
    const remote = link.proxy(benchContract);
    const call = (): Promise<unknown> => remote.small({ path: PATH });
    await atOnce(sizes.stats, AT_ONCE.small, call);
    const chunk = new Uint8Array(DATA_LIMITS.chunkBytes);
    const chunks = Math.ceil(sizes.largeBytes / chunk.length);
    const moves: [FigureKind, () => Promise<unknown>][] = [
      [FETCH, async () => assertWhole((await remote.fetch({})).content)],
      [SEND, () => remote.send({ content: [chunk] })],
    ];
    for (let i = 0; i < repeat; i++) {
      const { result } = await timedResult(context, 'rmi-calls', () =>
        atOnce(sizes.stats, AT_ONCE.small, call),
      );
      addCallRate(figures, CALLS, result);
      const echoed = { calls: sizes.stats, width: AT_ONCE.small, answerBytes: ANSWER_BYTES };
      addCallLimit(figures, CALLS, {
        what: 'round trips over a plain WebSocket',
        ...(await bareEcho(echoed)),
      });
      for (const [kind, move] of moves) {
        const label = kind === FETCH ? 'rmi-fetch' : 'rmi-send';
        const { seconds } = await timed(context, label, () => atOnce(chunks, CHUNKS_AT_ONCE, move));
        figures.add(kind, (chunks * chunk.length) / MIB / seconds);
        const bare = await bareWsStream(chunks * chunk.length);
        figures.addLimit(kind.name, 'binary messages over a plain WebSocket', bare);
      }
    }
    return figures.all();
  },
};

function assertWhole(content: readonly Uint8Array[]): void {
  if (partsLength(content) !== DATA_LIMITS.chunkBytes) throw new Error('A chunk came shortened.');
}
