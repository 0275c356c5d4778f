import { setTimeout as pause } from 'node:timers/promises';
import type { Struck } from '@holdfast/host';
import { Disposer } from '@holdfast/kernel';
import type { HoldfastClient } from '@holdfast/sdk';
import { connectClient } from '../support/connect-client.ts';
import { Seeded } from '../support/seeded.ts';
import { until } from '../support/until.ts';
import { Account } from '../support/workload/account.ts';
import { ClientProcess } from './client-process.ts';
import { PointCluster } from './point-cluster.ts';
import { TARGETS, type Target } from './targets.ts';
import { VictimChoice } from './victim-choice.ts';

const CLIENTS = 4;
/** Strikes between two looks at everything. */
const STRIKES_BETWEEN_CHECKS = 12;
/** How long an instant is waited for; one that does not come has its turn again in the next lap. */
const STRIKE_MS = 10_000;
/** The same in the extra turns, which are for instants that have not come yet. */
const EXTRA_STRIKE_MS = 30_000;
const EXTRA_TURNS = 5;
const LOOK_MS = 10;
const PROGRESS_MS = 60_000;
const WHOLE_MS = 90_000;
/** Answers without a server, so that it has something to catch up with. */
const MISSED_ANSWERS = 8;
const MOST_PASSES = 3;

export interface TortureOptions {
  readonly seed: number;
  /** Whether that was enough, asked after each strike. */
  readonly isOver: (report: TortureReport) => boolean;
  /** Only targets whose name begins with this. */
  readonly only?: string | undefined;
  /** At the end, instants that have not come yet have extra turns, with more patience. */
  readonly extraTurns?: boolean;
  readonly say?: (line: string) => void;
}

export interface TortureReport {
  /** Processes killed with -9. */
  readonly kills: number;
  readonly strikes: number;
  readonly checks: number;
  /** Changes and reads that were answered. */
  readonly answers: number;
  /** How often each target struck. */
  readonly reached: ReadonlyMap<string, number>;
  /** Sets of parts that were killed together. */
  readonly victims: ReadonlySet<string>;
}

/**
 * Kills one or two parts of a cluster under load at each named instant of everything it does, starts
 * them again, and compares the cluster with what was acknowledged (§P1, §P2, §P5, §P6, §P7). Rejects
 * with what was found wrong. The seed decides which parts are killed when, and what clients do.
 */
export async function torture(options: TortureOptions): Promise<TortureReport> {
  await using run = await TortureRun.start(options);
  return await run.toItsEnd();
}

class TortureRun implements AsyncDisposable {
  readonly #owned = new Disposer();
  readonly #options: TortureOptions;
  readonly #seeded: Seeded;
  readonly #cluster: PointCluster;
  readonly #clients: ClientProcess;
  readonly #judge: HoldfastClient;
  readonly #victims: VictimChoice;
  readonly #targets: readonly Target[];
  readonly #reached: Map<string, number>;
  /** The server whose disk was emptied last, and has not had to show that it is full again. */
  #emptied: string | undefined;
  #kills = 0;
  #strikes = 0;
  #checks = 0;

  static async start(options: TortureOptions): Promise<TortureRun> {
    if (targetsOf(options).length === 0) throw new Error(`No target begins with ${options.only}`);
    const cluster = await PointCluster.start();
    try {
      return new TortureRun(options, cluster, await connectClient(cluster.cluster));
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  private constructor(options: TortureOptions, cluster: PointCluster, judge: HoldfastClient) {
    this.#options = options;
    this.#targets = targetsOf(options);
    this.#reached = new Map(this.#targets.map(({ name }) => [name, 0]));
    this.#seeded = new Seeded(options.seed);
    this.#cluster = this.#owned.use(cluster);
    this.#judge = this.#owned.use(judge);
    this.#clients = this.#owned.use(
      new ClientProcess(cluster.cluster, { seed: options.seed, clients: CLIENTS }),
    );
    this.#victims = new VictimChoice(this.#seeded, cluster.parts);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#owned[Symbol.asyncDispose]();
  }

  async toItsEnd(): Promise<TortureReport> {
    for (;;) {
      for (const target of this.#seeded.shuffled(this.#targets)) {
        await this.#strikeAt(target);
        if (!this.#options.isOver(this.report)) continue;
        if (this.#options.extraTurns) await this.#extraTurns();
        await this.#check();
        return this.report;
      }
    }
  }

  /** Waits for each instant that chance has left out: for the first time that it is passed. */
  async #extraTurns(): Promise<void> {
    for (let turn = 0; turn < EXTRA_TURNS; turn++) {
      for (const target of this.#targets.filter(({ name }) => this.#reached.get(name) === 0)) {
        await this.#strikeAt(target, { mostPasses: 1, strikeMs: EXTRA_STRIKE_MS });
      }
    }
  }

  get report(): TortureReport {
    return {
      kills: this.#kills,
      strikes: this.#strikes,
      checks: this.#checks,
      answers: this.#clients.acknowledged,
      reached: this.#reached,
      victims: this.#victims.killed,
    };
  }

  async #strikeAt(
    target: Target,
    { mostPasses = MOST_PASSES, strikeMs = STRIKE_MS } = {},
  ): Promise<void> {
    const server = this.#seeded.pick(this.#cluster.cluster.servers);
    const part = target.at === 'frontend' ? 'frontend' : server;
    const victims = this.#victims.next(target.name, part);
    const nth = target.after ? 1 : 1 + this.#seeded.below(mostPasses);
    this.#clients.prefer(target.prefer);
    await this.#prepare(target, part, server);
    const { point, about } = target;
    const id = await this.#cluster.arm({ part, point, about, nth, victims });
    this.#cluster.startAll();
    const struck = await this.#untilStruck(id, strikeMs);
    await this.#cluster.disarm(part);
    this.#strikes++;
    if (struck) this.#note(target, struck);
    this.#options.say?.(describe(this.#strikes, target, part, struck));
    if (this.#strikes % STRIKES_BETWEEN_CHECKS === 0) await this.#check();
  }

  async #untilStruck(id: number, strikeMs: number): Promise<Struck | undefined> {
    const end = performance.now() + strikeMs;
    while (performance.now() < end) {
      const struck = await this.#cluster.struck(id);
      if (struck) return struck;
      if (this.#clients.failure !== undefined) throw new Error(this.#clients.failure);
      await pause(LOOK_MS);
    }
    return undefined;
  }

  #note({ name }: Target, { killed }: Struck): void {
    this.#reached.set(name, (this.#reached.get(name) ?? 0) + 1);
    this.#victims.note(killed);
    this.#kills += killed.length;
  }

  /** Sees to what must come before the instant can. */
  async #prepare({ after }: Target, part: string, server: string): Promise<void> {
    if (after === undefined) return;
    if (after === 'frontend-starts') return await this.#kill('frontend');
    if (after === 'journal-filled') {
      await this.#kill(part);
      return this.#cluster.fillJournal(part);
    }
    if (after === 'disk-emptied') await this.#quietAndWhole();
    await this.#kill(server);
    if (after === 'disk-emptied') {
      await this.#cluster.emptyDisk(server);
      this.#emptied = server;
      this.#clients.resume();
    }
    for (const other of this.#cluster.dead) if (other !== server) this.#cluster.start(other);
    await this.#clients.progress(MISSED_ANSWERS, PROGRESS_MS);
  }

  async #kill(...parts: readonly string[]): Promise<void> {
    const running = parts.filter((part) => !this.#cluster.dead.includes(part));
    await this.#cluster.kill(...running);
    this.#kills += running.length;
  }

  /**
   * With all parts back and the clients quiet, everything must become whole by itself, and be what was
   * acknowledged, also where only one of the servers is left to read it from (§P4).
   */
  async #check(): Promise<void> {
    await this.#quietAndWhole();
    const survivor = this.#emptied ?? this.#seeded.pick(this.#cluster.cluster.servers);
    this.#emptied = undefined;
    await this.#kill(...this.#cluster.cluster.servers.filter((server) => server !== survivor));
    await this.#compare();
    this.#cluster.startAll();
    this.#checks++;
    this.#clients.resume();
    await this.#clients.progress(1, PROGRESS_MS);
  }

  async #quietAndWhole(): Promise<void> {
    this.#cluster.startAll();
    await this.#clients.pause();
    await until('the cluster to be whole', () => this.#isWhole(), WHOLE_MS);
  }

  async #isWhole(): Promise<boolean> {
    const { status } = await this.#judge.cluster.status({});
    const live = status.servers.filter(({ state }) => state === 'live').length;
    return live === this.#cluster.cluster.servers.length && status.repair.underReplicated === 0;
  }

  async #compare(): Promise<void> {
    const accounts = new Map<string, Account>();
    for (const { folder, change } of await this.#clients.acknowledgements()) {
      const account = accounts.get(folder) ?? new Account();
      accounts.set(folder, account);
      account.apply(change);
    }
    for (const [folder, account] of accounts) await account.check(this.#judge, folder);
  }
}

function targetsOf({ only = '' }: TortureOptions): readonly Target[] {
  return TARGETS.filter(({ name }) => name.startsWith(only));
}

function describe(
  number: number,
  { name }: Target,
  part: string,
  struck: Struck | undefined,
): string {
  if (!struck) return `${number}. ${name} on ${part} was not reached`;
  return `${number}. ${name} on ${part}: killed ${struck.killed.join(' and ')}`;
}
