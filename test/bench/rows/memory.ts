import { setTimeout as pause } from 'node:timers/promises';
import { timed, type BenchContext, type Row } from '../bench-context.ts';
import { Figures, type FigureKind } from '../measure/figures.ts';
import { forgetPeak, peakResidentMib, proportionalMib } from '../measure/process-usage.ts';
import { AT_ONCE } from '../sizes.ts';
import { noise, readAll } from './content.ts';
import { SmallFiles } from './small-files.ts';

const GOAL_OVER_IDLE_MIB = 150;
const GOAL_IDLE_MIB = 260;
const GOAL_AFTER_MIB = 500;

export const memory: Row = {
  name: 'memory',
  about: 'of every process: idle, at its peak in a large transfer (4 GiB if named), and after',
  run: async (context) => {
    const figures = new Figures('memory');
    figures.add(mib('all parts, idle', GOAL_IDLE_MIB), await inAll(context));
    for (let i = 0; i < context.repeat; i++) await measurePeaks(context, figures, i);
    const files = new SmallFiles(context);
    const { smallAtOnce } = context.sizes;
    await files.newFolder();
    await files.put(smallAtOnce, AT_ONCE.small);
    await files.get(smallAtOnce, AT_ONCE.small, smallAtOnce);
    figures.add(mib('all parts, right after large and small files'), await inAll(context));
    await pause(context.sizes.restMs);
    figures.add(mib('all parts, a minute later', GOAL_AFTER_MIB), await inAll(context));
    return figures.all();
  },
};

async function measurePeaks(
  context: BenchContext,
  figures: Figures,
  repetition: number,
): Promise<void> {
  const { client, cluster, sizes, named, idleMib, remoteFolder } = context;
  const bytes = named ? sizes.memoryBytes : sizes.largeBytes;
  const path = `${remoteFolder}/memory-${repetition}`;
  const processes = await cluster.processes();
  for (const [work, run] of [
    ['put', () => client.putFile(noise(bytes), { path })],
    ['get', () => readAll(client, path, bytes)],
  ] as const) {
    for (const { pid } of processes) forgetPeak(pid);
    await timed(context, `memory-${work}`, run);
    for (const { name, pid } of processes) {
      const over = peakResidentMib(pid) - (idleMib.get(name) ?? 0);
      figures.add(mib(`${name}: peak over idle, large ${work}`, GOAL_OVER_IDLE_MIB), over);
    }
  }
}

function mib(name: string, goal?: number): FigureKind {
  return { name, unit: 'MiB', better: 'less', ...(goal !== undefined && { goal }) };
}

/** What all processes take together of the machine's RAM. */
async function inAll({ cluster }: BenchContext): Promise<number> {
  const processes = await cluster.processes();
  return processes.reduce((total, { pid }) => total + proportionalMib(pid), 0);
}
