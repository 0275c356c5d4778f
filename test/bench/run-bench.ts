import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Disposer } from '@holdfast/kernel';
import type { BenchContext, Row } from './bench-context.ts';
import { BenchCluster } from './cluster/bench-cluster.ts';
import { connectClient } from './connect-client.ts';
import { Interruption } from './interruption.ts';
import type { Figure } from './measure/figures.ts';
import { OthersShare } from './measure/others-share.ts';
import { residentMib } from './measure/process-usage.ts';
import type { BenchOptions } from './options.ts';
import { Profiler } from './profile/profiler.ts';
import { makeScratch, type Scratch } from './real-disk.ts';
import { comparisonTable } from './report/comparison.ts';
import { describeEnvironment } from './report/environment.ts';
import { readReport, writeReport } from './report/report.ts';
import { figureTable, limitNotes } from './report/table.ts';
import { ROWS } from './rows/all-rows.ts';
import { FULL_SIZES, TINY_SIZES, type Sizes } from './sizes.ts';

const COPIES = 3;
/** Besides the files: bare processes, journals, logs. */
const SPARE_BYTES = 2e9;
const REMOTE_FOLDER = '/shared/bench';
const PROFILES = 'dist/profile';

/** Runs the rows that were asked for, prints their figures and writes them. */
export async function runBench(options: BenchOptions): Promise<void> {
  const before = options.compare === undefined ? undefined : await readReport(options.compare);
  const sizes = options.tiny ? TINY_SIZES : FULL_SIZES;
  const rows = ROWS.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
  await using scratch = await makeScratch({
    folder: options.folder,
    bytes: options.tiny ? 0 : neededBytes(rows, options, sizes),
    memoryWillDo: options.tiny,
  });
  using _interruption = new Interruption(scratch.path);
  const others = new OthersShare();
  const figures: Figure[] = [];
  for (const notice of scratch.notices) say(notice);
  for (const row of rows) {
    say(`${row.name}: ${row.about}`);
    const measured = await runRow(row, { options, sizes, scratch });
    figures.push(...measured);
    say(`${figureTable(measured)}\n`);
  }
  const environment = describeEnvironment(scratch.path, others.share());
  const { tiny, repeat, json } = options;
  await writeReport(json, {
    made: new Date().toISOString(),
    environment,
    tiny,
    repeat,
    sizes,
    figures,
  });
  if (rows.length > 1) say(`${figureTable(figures)}\n`);
  say(limitNotes(figures));
  if (before) say(`\nBeside ${options.compare}:\n${comparisonTable(before, figures)}`);
  if (options.profile) say(`Profiles are in ${PROFILES}.`);
  const percent = Math.round(100 * environment.othersShare);
  say(
    `Other programs took ${percent} % of this machine's processors meanwhile. All figures: ${json}`,
  );
}

interface RowRun {
  readonly options: BenchOptions;
  readonly sizes: Sizes;
  readonly scratch: Scratch;
}

/** Each row has a cluster of its own, so that its figures do not depend on what ran before. */
async function runRow(row: Row, { options, sizes, scratch }: RowRun): Promise<readonly Figure[]> {
  const folder = join(scratch.path, row.name);
  await using owned = new Disposer();
  owned.defer(() => rm(folder, { recursive: true, force: true }));
  const cluster = owned.use(await BenchCluster.start(folder, options.profile));
  const client = owned.use(await connectClient(cluster));
  await client.files.makeFolder({ path: REMOTE_FOLDER, parents: true });
  const processes = await cluster.processes();
  const context: BenchContext = {
    client,
    cluster,
    sizes,
    repeat: options.repeat,
    named: options.only.includes(row.name),
    bareFolder: folder,
    remoteFolder: REMOTE_FOLDER,
    idleMib: new Map(processes.map(({ name, pid }) => [name, residentMib(pid)])),
    profiler: options.profile ? new Profiler(cluster, PROFILES) : undefined,
    progress: (words) => void process.stderr.write(`${row.name}: ${words}\n`),
  };
  return await row.run(context);
}

function neededBytes(rows: readonly Row[], { repeat, only }: BenchOptions, sizes: Sizes): number {
  const perRow = rows.map(({ name }) => {
    if (name === 'memory' && only.includes(name)) return sizes.memoryBytes;
    return sizes.largeBytes;
  });
  return COPIES * (2 * repeat + 1) * Math.max(...perRow) + SPARE_BYTES;
}

function say(text: string): void {
  if (text !== '') process.stdout.write(`${text}\n`);
}
