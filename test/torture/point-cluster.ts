import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  type ArmedPoint,
  PART_NODE_FLAGS,
  POINTS_FOLDER_VARIABLE,
  POINTS_LIMITS_VARIABLE,
  type Struck,
} from '@holdfast/host';
import { TestCluster, type TestClusterOptions } from '../support/test-cluster.ts';
import { until } from '../support/until.ts';

/** Another build of them, such as one with a planted fault, where the environment names one. */
const PROGRAMS =
  process.env['HOLDFAST_POINTS_PROGRAMS'] ??
  fileURLToPath(new URL('../../dist/points', import.meta.url));
const MIB = 1024 * 1024;

/** So small that segments fill up, are collected and compacted within seconds, and starts wait little. */
const SMALLER_LIMITS = {
  chunkStore: { segmentBytes: 6 * MIB, compactionDelayMs: 300 },
  journal: { segmentBytes: 5 * MIB, reserveBytes: MIB },
  replication: { collectEveryMs: 500, noteEveryMs: 500, repairEveryMs: 300, adoptAfterMs: 0 },
  rmi: { backoffMinMs: 20, backoffMaxMs: 200 },
  engine: { startGraceMs: 500, unpersistedBytes: MIB },
};

export interface PointClusterOptions extends TestClusterOptions {
  /** Limits that are smaller still, by the name of their group. */
  readonly limits?: Readonly<Record<string, object>>;
}

/** What is armed, without what this cluster sees to by itself. */
export type Aim = Omit<ArmedPoint, 'id'> & { readonly part: string };

/**
 * A cluster whose parts are children of this process and run the bundle that has the points, so that
 * starting one again takes little, and a kill can be aimed at an instant.
 */
export class PointCluster implements AsyncDisposable {
  readonly cluster: TestCluster;
  readonly #points: string;
  readonly #limits: Readonly<Record<string, object>>;
  readonly #running = new Map<string, ChildProcess>();
  readonly #limitsOnce = new Map<string, object>();
  #lastId = 0;

  /** Made by the commands of a user, then run from the other bundle; all parts are started. */
  static async start(options: PointClusterOptions = {}): Promise<PointCluster> {
    const cluster = await TestCluster.start(options);
    await cluster.killAll();
    const points = join(cluster.folder, 'points');
    await mkdir(points);
    const started = new PointCluster(cluster, points, { ...SMALLER_LIMITS, ...options.limits });
    started.startAll();
    return started;
  }

  private constructor(
    cluster: TestCluster,
    points: string,
    limits: Readonly<Record<string, object>>,
  ) {
    this.cluster = cluster;
    this.#points = points;
    this.#limits = limits;
  }

  get parts(): readonly string[] {
    return ['frontend', ...this.cluster.servers];
  }

  get dead(): readonly string[] {
    return this.parts.filter((part) => !this.#running.has(part));
  }

  startAll(): void {
    for (const part of this.dead) this.start(part);
  }

  /** Gives a part a journal that must go on in another file, the next time it is started. */
  fillJournal(part: string): void {
    const journal = { segmentBytes: MIB / 2, reserveBytes: 0 };
    this.#limitsOnce.set(part, { ...this.#limits, journal });
  }

  start(part: string): void {
    const [program, file] =
      part === 'frontend' ? ['frontend', 'frontend.json'] : ['file-server', 'server.json'];
    const config = join(this.cluster.data, 'cluster', part, file);
    const log = openSync(this.logOf(part), 'a');
    const child = spawn(
      process.execPath,
      [...PART_NODE_FLAGS, join(PROGRAMS, `${program}.mjs`), '--config', config],
      {
        stdio: ['ignore', log, log],
        cwd: this.cluster.data,
        env: {
          ...this.cluster.env,
          [POINTS_FOLDER_VARIABLE]: this.#points,
          [POINTS_LIMITS_VARIABLE]: JSON.stringify(this.#limitsOnce.get(part) ?? this.#limits),
        },
      },
    );
    closeSync(log);
    this.#limitsOnce.delete(part);
    this.#running.set(part, child);
    child.once('exit', () => this.#running.delete(part));
  }

  logOf(part: string): string {
    return join(this.cluster.folder, `${part}.log`);
  }

  /** Kills parts with -9 and waits until they are gone. */
  async kill(...parts: readonly string[]): Promise<void> {
    const children = parts.flatMap((part) => this.#running.get(part) ?? []);
    const gone = children.map((child) => once(child, 'exit'));
    for (const child of children) child.kill('SIGKILL');
    await Promise.all(gone);
    await Promise.all(parts.map((part) => this.#forgetPid(part)));
  }

  /** From now on nothing strikes but `aim`. The result names it. */
  async arm(aim: Aim): Promise<number> {
    const { part, ...armed } = aim;
    const id = ++this.#lastId;
    await this.#write(part, { id, ...armed });
    return id;
  }

  async disarm(part: string): Promise<void> {
    await this.arm({ part, point: 'call.arrived', nth: 0, victims: [] });
  }

  /** What struck, once its victims are gone; undefined if nothing did. */
  async struck(id: number): Promise<Struck | undefined> {
    const text = await readFile(join(this.#points, 'struck.jsonl'), 'utf8').catch(() => '');
    const lines = text.trimEnd().split('\n').filter(Boolean);
    const strikes = lines.slice(-3).map((line) => JSON.parse(line) as Struck);
    const struck = strikes.find((strike) => strike.id === id);
    if (!struck) return undefined;
    const { killed } = struck;
    await until(`${killed.join(', ')} to be gone`, () =>
      killed.every((part) => !this.#running.has(part)),
    );
    await Promise.all(killed.map((part) => this.#forgetPid(part)));
    return struck;
  }

  /** Takes away a stopped server's disk. */
  async emptyDisk(server: string): Promise<void> {
    await rm(join(this.cluster.data, server), { recursive: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill(...this.#running.keys());
    await this.cluster[Symbol.asyncDispose]();
  }

  /** Its number may soon be another program's. */
  async #forgetPid(part: string): Promise<void> {
    await rm(join(this.#points, `${part}.pid`), { force: true });
  }

  async #write(part: string, armed: ArmedPoint): Promise<void> {
    const file = join(this.#points, `${part}.json`);
    await writeFile(`${file}.new`, JSON.stringify(armed));
    await rename(`${file}.new`, file);
  }
}
