import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findFreePorts } from '@holdfast/host';
import type { PartProcess } from '../cluster/cluster-processes.ts';
import { type ScriptResult, runScript } from './run-script.ts';

const SERVERS = 3;
const HOLDFAST = fileURLToPath(new URL('./holdfast.mjs', import.meta.url));

/** A cluster for the length of a demonstration: real processes, on a folder and ports of its own. */
export class DemoCluster implements AsyncDisposable {
  readonly folder: string;
  readonly #data: string;
  readonly #env: NodeJS.ProcessEnv;

  static async start(): Promise<DemoCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-demo-'));
    const cluster = new DemoCluster(folder);
    const port = await findFreePorts(SERVERS + 1);
    await cluster.done('cluster', 'up', '--data', cluster.#data, '--port', String(port));
    return cluster;
  }

  private constructor(folder: string) {
    this.folder = folder;
    this.#data = join(folder, 'cluster');
    // The user's own profiles stay as they are.
    this.#env = { ...process.env, HOME: folder, XDG_CONFIG_HOME: join(folder, 'config') };
  }

  /** Runs a command of `holdfast`, whatever its exit code. */
  async run(...args: readonly string[]): Promise<ScriptResult> {
    return await runScript(HOLDFAST, args, { cwd: this.folder, env: this.#env });
  }

  /** Runs a command that must succeed; what it printed. */
  async done(...args: readonly string[]): Promise<string> {
    const { code, output } = await this.run(...args);
    if (code === 0) return output;
    throw new Error(`holdfast ${args.join(' ')} ended with ${code}: ${output}`);
  }

  /** Ends servers with -9, all at once. */
  async kill(...names: readonly string[]): Promise<void> {
    for (const { name, pid } of await this.#parts()) {
      if (names.includes(name) && pid !== undefined) process.kill(pid, 'SIGKILL');
    }
  }

  async start(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.done('cluster', 'start', name, '--data', this.#data);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run('cluster', 'down', '--data', this.#data);
    await this.kill(...(await this.#parts()).map((part) => part.name));
    await rm(this.folder, { recursive: true, force: true });
  }

  async #parts(): Promise<readonly PartProcess[]> {
    return JSON.parse(await this.done('cluster', 'ps', '--json', '--data', this.#data));
  }
}
