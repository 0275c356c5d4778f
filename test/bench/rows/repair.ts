import { rm } from 'node:fs/promises';
import { timed, type BenchContext, type Row } from '../bench-context.ts';
import { bareCopies } from '../limits/copy.ts';
import { copyTree, type FileSet } from '../limits/copy-tree.ts';
import { Figures, type FigureKind } from '../measure/figures.ts';
import { forgetPeak, peakResidentMib } from '../measure/process-usage.ts';
import { until } from '../../support/until.ts';
import { AT_ONCE, GIB } from '../sizes.ts';
import { noise } from './content.ts';
import { SmallFiles } from './small-files.ts';

const MIB = 1024 * 1024;
const BACK_MS = 60_000;
const WHOLE_MS = 600_000;
const PEAK_MIB = 400;
const RETURNING = ['server-2', 'server-3'];
const EMPTIED = ['server-2'];

const RETURN: FigureKind = { name: 'two servers return', unit: 'MiB/s', better: 'more' };
const BUSY: FigureKind = { ...RETURN, name: 'two servers return, while files are written' };
const REFILL: FigureKind = { ...RETURN, name: 'an emptied server is filled' };
const FOREGROUND: FigureKind = {
  name: 'files of 64 KiB put meanwhile, 16 at once',
  unit: 'files/s',
  better: 'more',
};
const CPU: FigureKind = {
  name: 'two servers return: all servers',
  unit: 'CPU s/GiB',
  better: 'less',
};
const PEAK: FigureKind = {
  name: 'the largest process while servers return',
  unit: 'MiB',
  better: 'less',
  goal: PEAK_MIB,
};

export const repair: Row = {
  name: 'repair',
  about: 'servers return after 1 GiB and 10,000 files of 1 KiB; beside copying the same files',
  run: async (context) => {
    const measuring = { context, figures: new Figures('repair'), there: [] };
    for (let i = 0; i < context.repeat; i++) {
      await measureReturn(measuring, i);
      await measureReturnWhileBusy(measuring, i);
      await measureRefill(measuring);
    }
    return measuring.figures.all();
  },
};

interface Measuring {
  readonly context: BenchContext;
  readonly figures: Figures;
  /** All files that were written so far. */
  readonly there: FileSet[];
}

async function measureReturn({ context, figures, there }: Measuring, i: number): Promise<void> {
  const sets = await writeWithout(RETURNING, context, `missed-${i}`);
  there.push(...sets);
  const bytes = bytesOf(sets);
  await startParts(RETURNING, context);
  const processes = await context.cluster.processes();
  for (const { pid } of processes) forgetPeak(pid);
  const { seconds, clusterCpuSeconds } = await timed(context, 'repair', () => untilWhole(context));
  figures.add(CPU, (clusterCpuSeconds * GIB) / (RETURNING.length * bytes));
  figures.add(PEAK, Math.max(...processes.map(({ pid }) => peakResidentMib(pid))));
  await addRate(context, figures, { kind: RETURN, sets, servers: RETURNING, seconds });
}

async function measureReturnWhileBusy(measuring: Measuring, i: number): Promise<void> {
  const { context, figures, there } = measuring;
  const { sizes } = context;
  const files = new SmallFiles(context, sizes.midBytes, `busy-${i}`);
  await files.newFolder();
  const before = await files.put(sizes.mids, AT_ONCE.mid);
  const sets = await writeWithout(RETURNING, context, `missed-busy-${i}`);
  await startParts(RETURNING, context);
  let whole = false;
  await files.newFolder();
  const writing = files.putWhile(() => !whole, AT_ONCE.mid);
  const { seconds } = await timed(context, 'repair-busy', () => untilWhole(context));
  whole = true;
  const meanwhile = await writing;
  there.push(...sets, { files: before.calls + meanwhile.calls, bytes: sizes.midBytes });
  figures.add(FOREGROUND, meanwhile.perSecond);
  figures.addLimit(FOREGROUND.name, 'the same with nothing to repair', before.perSecond);
  await addRate(context, figures, { kind: BUSY, sets, servers: RETURNING, seconds });
}

async function measureRefill({ context, figures, there: sets }: Measuring): Promise<void> {
  const { cluster } = context;
  await stopParts(EMPTIED, context);
  for (const name of EMPTIED) await rm(cluster.dataOf(name), { recursive: true });
  await startParts(EMPTIED, context);
  const { seconds } = await timed(context, 'repair-refill', () => untilWhole(context));
  await addRate(context, figures, { kind: REFILL, sets, servers: EMPTIED, seconds });
}

/** Writes a large file and many small ones while servers are away. */
async function writeWithout(
  names: readonly string[],
  context: BenchContext,
  label: string,
): Promise<readonly FileSet[]> {
  const { client, sizes, remoteFolder } = context;
  await stopParts(names, context);
  await client.putFile(noise(sizes.largeBytes), { path: `${remoteFolder}/${label}` });
  const files = new SmallFiles(context, sizes.smallBytes, `${label}-small`);
  await files.newFolder();
  await files.put(sizes.missed, AT_ONCE.small);
  return [
    { files: 1, bytes: sizes.largeBytes },
    { files: sizes.missed, bytes: sizes.smallBytes },
  ];
}

async function stopParts(names: readonly string[], { cluster }: BenchContext): Promise<void> {
  await Promise.all(names.map((name) => cluster.part(name).stop()));
}

/** Resolves when all of them have registered, which is when they have returned. */
async function startParts(
  names: readonly string[],
  { client, cluster }: BenchContext,
): Promise<void> {
  for (const name of names) cluster.part(name).start();
  const back = async (): Promise<boolean> => {
    cluster.assertAlive();
    const { status } = await client.cluster.status({});
    return status.servers.every(({ state }) => state !== 'gone');
  };
  await until(`${names.join(' and ')} to be back`, back, BACK_MS);
}

async function untilWhole({ client, cluster }: BenchContext): Promise<void> {
  const whole = async (): Promise<boolean> => {
    cluster.assertAlive();
    const { servers, repair: left } = (await client.cluster.status({})).status;
    return left.underReplicated === 0 && servers.every(({ state }) => state === 'live');
  };
  await until('the cluster to be whole', whole, WHOLE_MS);
}

interface Copied {
  readonly kind: FigureKind;
  readonly sets: readonly FileSet[];
  readonly servers: readonly string[];
  readonly seconds: number;
}

/**
 * The rate, beside what the machine does with the same files. With as many bytes in one file alone it
 * is faster: that is a limit for the bytes, and nothing that small files among them could reach.
 */
async function addRate(
  { bareFolder: folder }: BenchContext,
  figures: Figures,
  { kind, sets, servers, seconds }: Copied,
): Promise<void> {
  const copies = servers.length;
  const bytes = bytesOf(sets);
  const rate = (took: number): number => (copies * bytes) / MIB / took;
  const asOne = { ...kind, name: `${kind.name}, beside one file` };
  for (const each of [kind, asOne]) figures.add(each, rate(seconds));
  const files = await copyTree({ folder, sets, copies });
  figures.addLimit(kind.name, 'cp -r of the same files at as many places, and a sync', rate(files));
  const inOne = await bareCopies({ folder, bytes }, copies);
  const what = 'as many bare processes copy as many bytes, direct, synced every 16 MiB';
  figures.addLimit(asOne.name, what, rate(inOne));
}

function bytesOf(sets: readonly FileSet[]): number {
  return sets.reduce((sum, { files, bytes }) => sum + files * bytes, 0);
}
