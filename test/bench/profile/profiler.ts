import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Disposer } from '@holdfast/kernel';
import { until } from '../../support/until.ts';
import type { BenchCluster } from '../cluster/bench-cluster.ts';
import { cpuSeconds } from '../measure/process-usage.ts';
import { hotSpots, type CpuProfile } from './cpu-profile.ts';
import { attachDebugger, ownDebugger, type Debugger } from './debugger.ts';
import { sourcePosition } from './source-position.ts';

const SHOWN_FUNCTIONS = 25;
const COLUMN = 9;

/**
 * Records where each process spends its time: once for each label, as `.cpuprofile` files that
 * Chromium's developer tools and others show as flame graphs, and as a table.
 */
export class Profiler {
  readonly #cluster: BenchCluster;
  readonly #folder: string;
  readonly #seen = new Set<string>();

  constructor(cluster: BenchCluster, folder: string) {
    this.#cluster = cluster;
    this.#folder = folder;
  }

  /** Runs `work`, and profiles it if it is the first with its label. */
  async around<T>(label: string, work: () => Promise<T>): Promise<T> {
    if (this.#seen.has(label)) return await work();
    this.#seen.add(label);
    await using attached = await attachAll(this.#cluster);
    const { debuggers } = attached;
    await Promise.all(debuggers.map((one) => one.begin()));
    const before = debuggers.map(({ pid }) => cpuSeconds(pid));
    const result = await work();
    const used = debuggers.map(({ pid }, index) => cpuSeconds(pid) - (before[index] ?? 0));
    const profiles = await Promise.all(debuggers.map((one) => one.end()));
    const tables: string[] = [];
    await mkdir(this.#folder, { recursive: true });
    for (const [index, { name }] of debuggers.entries()) {
      const profile = profiles[index];
      if (!profile) continue;
      const file = join(this.#folder, `${label}-${name}.cpuprofile`);
      await writeFile(file, JSON.stringify(profile));
      const cpu = `${(used[index] ?? 0).toFixed(2)} s of CPU`;
      tables.push(table(`${label}: ${name}, ${cpu}`, profile));
    }
    await writeFile(join(this.#folder, `${label}.txt`), tables.join('\n'));
    return result;
  }
}

interface Attached extends AsyncDisposable {
  readonly debuggers: readonly Debugger[];
}

/** To the processes that run now: a part that was started again is another one than before. */
async function attachAll(cluster: BenchCluster): Promise<Attached> {
  const owned = new Disposer();
  const debuggers = [owned.use(await ownDebugger('client'))];
  try {
    for (const part of cluster.parts) {
      const address = await until(`${part.name} to open its inspector`, () => part.inspector);
      debuggers.push(owned.use(await attachDebugger(part.name, part.pid, address)));
    }
  } catch (error) {
    await owned[Symbol.asyncDispose]();
    throw error;
  }
  return { debuggers, [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose]() };
}

function table(title: string, profile: CpuProfile): string {
  const wallMs = (profile.endTime - profile.startTime) / 1000;
  const lines = hotSpots(profile)
    .filter(({ frame }) => frame.functionName !== '(root)')
    .slice(0, SHOWN_FUNCTIONS)
    .map(({ frame, selfMs, totalMs }) => {
      const self = `${((100 * selfMs) / wallMs).toFixed(1)} %`.padStart(COLUMN);
      const total = `${((100 * totalMs) / wallMs).toFixed(1)} %`.padStart(COLUMN);
      return `${self}${total}  ${frame.functionName || '(anonymous)'}  ${sourcePosition(frame)}`;
    });
  const head = `${'self'.padStart(COLUMN)}${'total'.padStart(COLUMN)}  function`;
  return [`${title}, ${wallMs.toFixed(0)} ms`, head, ...lines, ''].join('\n');
}
