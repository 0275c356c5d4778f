import { rm } from 'node:fs/promises';
import { assert } from '@holdfast/kernel';
import { timed, type BenchContext, type Row } from '../bench-context.ts';
import { bareCopies } from '../limits/copy.ts';
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
  about: 'servers return after 1 GiB and 10,000 files of 1 KiB; beside bare copying of as much',
  run: async (context) => {
    const figures = new Figures('repair');
    for (let i = 0; i < context.repeat; i++) {
      await measureReturn(context, figures, i);
      await measureReturnWhileBusy(context, figures, i);
      await measureRefill(context, figures);
    }
    return figures.all();
  },
};

async function measureReturn(context: BenchContext, figures: Figures, i: number): Promise<void> {
  const bytes = await writeWithout(RETURNING, context, `missed-${i}`);
  await startParts(RETURNING, context);
  const processes = await context.cluster.processes();
  for (const { pid } of processes) forgetPeak(pid);
  const { seconds, clusterCpuSeconds } = await timed(context, 'repair', () => untilWhole(context));
  figures.add(CPU, (clusterCpuSeconds * GIB) / (RETURNING.length * bytes));
  figures.add(RETURN, megabytes(RETURNING, bytes) / seconds);
  figures.add(PEAK, Math.max(...processes.map(({ pid }) => peakResidentMib(pid))));
  await addBareCopies(context, figures, { kind: RETURN, bytes, servers: RETURNING });
}

async function measureReturnWhileBusy(
  context: BenchContext,
  figures: Figures,
  i: number,
): Promise<void> {
  const { sizes } = context;
  const files = new SmallFiles(context, sizes.midBytes, `busy-${i}`);
  await files.newFolder();
  const before = await files.put(sizes.mids, AT_ONCE.mid);
  const bytes = await writeWithout(RETURNING, context, `missed-busy-${i}`);
  await startParts(RETURNING, context);
  let whole = false;
  await files.newFolder();
  const writing = files.putWhile(() => !whole, AT_ONCE.mid);
  const { seconds } = await timed(context, 'repair-busy', () => untilWhole(context));
  whole = true;
  figures.add(BUSY, megabytes(RETURNING, bytes) / seconds);
  figures.add(FOREGROUND, (await writing).perSecond);
  figures.addLimit(FOREGROUND.name, 'the same with nothing to repair', before.perSecond);
  await addBareCopies(context, figures, { kind: BUSY, bytes, servers: RETURNING });
}

async function measureRefill(context: BenchContext, figures: Figures): Promise<void> {
  const { cluster } = context;
  await stopParts(EMPTIED, context);
  for (const name of EMPTIED) await rm(cluster.dataOf(name), { recursive: true });
  await startParts(EMPTIED, context);
  const { seconds } = await timed(context, 'repair-refill', () => untilWhole(context));
  const { status } = await context.client.cluster.status({});
  // The others have as much, and told so long ago: what a filled server has comes with its next heartbeat.
  const bytes = status.servers.find(({ name }) => !EMPTIED.includes(name))?.chunkBytes ?? 0;
  figures.add(REFILL, megabytes(EMPTIED, bytes) / seconds);
  await addBareCopies(context, figures, { kind: REFILL, bytes, servers: EMPTIED });
}

/** Writes a large file and many small ones while servers are away; returns the bytes of all. */
async function writeWithout(
  names: readonly string[],
  context: BenchContext,
  label: string,
): Promise<number> {
  const { client, sizes, remoteFolder } = context;
  await stopParts(names, context);
  await client.putFile(noise(sizes.largeBytes), { path: `${remoteFolder}/${label}` });
  const files = new SmallFiles(context, sizes.smallBytes, `${label}-small`);
  await files.newFolder();
  await files.put(sizes.missed, AT_ONCE.small);
  return sizes.largeBytes + sizes.missed * sizes.smallBytes;
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

interface BareCopying {
  readonly kind: FigureKind;
  readonly bytes: number;
  readonly servers: readonly string[];
}

async function addBareCopies(
  { bareFolder }: BenchContext,
  figures: Figures,
  { kind, bytes, servers }: BareCopying,
): Promise<void> {
  assert(bytes > 0, 'there was something to repair');
  const seconds = await bareCopies({ folder: bareFolder, bytes }, servers.length);
  const what = 'as many bare processes copy as many bytes, direct, synced every 16 MiB';
  figures.addLimit(kind.name, what, megabytes(servers, bytes) / seconds);
}

function megabytes(servers: readonly string[], bytes: number): number {
  return (servers.length * bytes) / MIB;
}
