import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandLineOf, hasEnded } from '@holdfast/host';
import { claimPorts } from './claim-ports.ts';
import { runCommand, type CommandOptions, type CommandResult } from './run-command.ts';
import { RunningCommand } from './running-command.ts';
import { until } from './until.ts';

/** The program as a user of the package runs it; another build of it where the environment names one. */
export const HOLDFAST: string =
  process.env['HOLDFAST_PROGRAM'] ??
  fileURLToPath(new URL('../../dist/holdfast.mjs', import.meta.url));

/** A row of `holdfast cluster ps --json`. */
interface PartRow {
  readonly name: string;
  readonly state: 'ready' | 'starting' | 'stopped' | 'elsewhere';
  readonly pid?: number;
}

export interface TestClusterOptions {
  readonly servers?: number;
  /** The program to run instead of the one that was bundled from this clone. */
  readonly holdfast?: string;
}

/**
 * A cluster of real processes on a folder, ports and profiles of its own, run by the same commands
 * as a user's. Disposing kills what is left of it and removes the folder.
 */
export class TestCluster implements AsyncDisposable {
  /** Holds everything of this cluster and its user. */
  readonly folder: string;
  /** Where `cluster up --data` keeps key, data and logs. */
  readonly data: string;
  readonly port: number;
  readonly env: NodeJS.ProcessEnv;
  readonly #holdfast: string;
  readonly #servers: number;

  /** Makes the cluster, starts it, and waits until all its servers are live. */
  static async start(options: TestClusterOptions = {}): Promise<TestCluster> {
    const cluster = await TestCluster.prepare(options);
    try {
      await cluster.up();
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  /** Only chooses a folder and ports. */
  static async prepare({
    servers = 3,
    holdfast = HOLDFAST,
  }: TestClusterOptions = {}): Promise<TestCluster> {
    const folder = await mkdtemp(join(tmpdir(), 'holdfast-test-'));
    return new TestCluster({ folder, port: await claimPorts(servers + 1), servers, holdfast });
  }

  private constructor(made: { folder: string; port: number; servers: number; holdfast: string }) {
    this.folder = made.folder;
    this.data = join(made.folder, 'cluster');
    this.port = made.port;
    this.#servers = made.servers;
    this.#holdfast = made.holdfast;
    this.env = {
      ...process.env,
      HOME: made.folder,
      XDG_CONFIG_HOME: join(made.folder, 'config'),
      XDG_DATA_HOME: join(made.folder, 'share'),
      XDG_STATE_HOME: join(made.folder, 'state'),
      NO_COLOR: '1',
    };
  }

  get servers(): readonly string[] {
    return Array.from({ length: this.#servers }, (_, index) => `server-${index + 1}`);
  }

  async up(): Promise<string> {
    const place = ['--data', this.data, '--port', String(this.port)];
    const { stderr } = await this.done([
      'cluster',
      'up',
      '--servers',
      String(this.#servers),
      ...place,
    ]);
    return stderr;
  }

  /** Runs `holdfast` with `args` as this cluster's administrator, whatever the exit code. */
  async try(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return await runCommand(process.execPath, [this.#holdfast, ...args], {
      cwd: this.folder,
      env: this.env,
      ...options,
    });
  }

  /** Starts `holdfast` with `args` and leaves it running; dispose it. */
  begin(args: readonly string[]): RunningCommand {
    const options = { cwd: this.folder, env: this.env };
    return new RunningCommand(process.execPath, [this.#holdfast, ...args], options);
  }

  /** Runs `holdfast` to its end; fails unless the exit code is 0. */
  async done(args: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    const result = await this.try(args, options);
    if (result.code === 0) return result;
    throw new Error(
      `holdfast ${args.join(' ')} ended with ${result.code}:\n${result.stdout}${result.stderr}`,
    );
  }

  /** What a command prints with `--json`. */
  async json<T>(args: readonly string[]): Promise<T> {
    const { stdout } = await this.done([...args, '--json']);
    return JSON.parse(stdout) as T;
  }

  async parts(): Promise<readonly PartRow[]> {
    return await this.json<PartRow[]>(['cluster', 'ps', '--data', this.data]);
  }

  /** The process id of a part that runs, from where `cluster` commands note it. */
  async pidOf(name: string): Promise<number> {
    const noted = await readFile(join(this.data, 'run', `${name}.pid`), 'utf8').catch(() => '');
    const pid = Number.parseInt(noted, 10);
    // The number of one that was killed may be another program's by now.
    const command = await commandLineOf(pid);
    if (command?.includes(join(this.data, 'cluster', name))) return pid;
    throw new Error(`${name} does not run`);
  }

  /** Sends a signal to a part's own process, and nothing else. */
  async signal(name: string, signal: NodeJS.Signals): Promise<void> {
    process.kill(await this.pidOf(name), signal);
  }

  /** Kills parts with -9, all in the same instant, and waits until they are gone. */
  async kill(...names: readonly string[]): Promise<void> {
    const pids = await Promise.all(names.map((name) => this.pidOf(name)));
    for (const pid of pids) process.kill(pid, 'SIGKILL');
    await untilEnded(pids);
  }

  /** Starts a stopped part and waits until it is ready. */
  async startPart(name: string): Promise<void> {
    await this.done(['cluster', 'start', name, '--data', this.data]);
  }

  /** Kills whatever runs, and waits until it is gone. */
  async killAll(): Promise<void> {
    const names = ['frontend', ...this.servers];
    const found = await Promise.all(names.map((name) => this.pidOf(name).catch(() => [])));
    const pids = found.flat();
    // A stopped process ends on SIGKILL, too.
    for (const pid of pids) killIfThere(pid);
    await untilEnded(pids);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.killAll();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Waits until the ports and locks of all these processes are free. */
export async function untilEnded(pids: readonly number[], timeoutMs?: number): Promise<void> {
  const ended = async (): Promise<boolean> =>
    (await Promise.all(pids.map(hasEnded))).every(Boolean);
  await until(`processes ${pids.join(', ')} to end`, ended, timeoutMs);
}

/** One that has ended meanwhile is what is wanted. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
