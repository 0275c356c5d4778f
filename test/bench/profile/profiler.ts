import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Disposer } from '@holdfast/kernel';
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
export class Profiler implements AsyncDisposable {
  readonly #folder: string;
  readonly #debuggers: readonly Debugger[];
  readonly #owned: Disposer;
  readonly #seen = new Set<string>();

  static async attach(cluster: BenchCluster, folder: string): Promise<Profiler> {
    await mkdir(folder, { recursive: true });
    const owned = new Disposer();
    const debuggers = [await ownDebugger('client')];
    for (const { name, pid, inspector } of cluster.parts) {
      if (inspector === undefined) throw new Error(`${name} has not opened its inspector.`);
      debuggers.push(await attachDebugger(name, pid, inspector));
    }
    for (const attached of debuggers) owned.use(attached);
    return new Profiler(folder, debuggers, owned);
  }

  private constructor(folder: string, debuggers: readonly Debugger[], owned: Disposer) {
    this.#folder = folder;
    this.#debuggers = debuggers;
    this.#owned = owned;
  }

  /** Runs `work`, and profiles it if it is the first with its label. */
  async around<T>(label: string, work: () => Promise<T>): Promise<T> {
    if (this.#seen.has(label)) return await work();
    this.#seen.add(label);
    await Promise.all(this.#debuggers.map((attached) => attached.begin()));
    const before = this.#debuggers.map(({ pid }) => cpuSeconds(pid));
    const result = await work();
    const used = this.#debuggers.map(({ pid }, index) => cpuSeconds(pid) - (before[index] ?? 0));
    const profiles = await Promise.all(this.#debuggers.map((attached) => attached.end()));
    const tables: string[] = [];
    for (const [index, { name }] of this.#debuggers.entries()) {
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

  [Symbol.asyncDispose](): Promise<void> {
    return this.#owned[Symbol.asyncDispose]();
  }
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
