import { type Clock, sleep } from '@holdfast/kernel';
import { type SeededRandom, seededRandom, simulatedClock } from '@holdfast/testkit';
import { whatIsWrongWithCopies } from './check/copies.ts';
import { History } from './check/history.ts';
import { judgeHistory } from './check/judge-history.ts';
import type { Performed } from './check/operation.ts';
import { whatTakesSpace } from './check/space.ts';
import { whatIsNotWhole } from './check/whole.ts';
import { BUSY_MS, type SimulationOptions, USERS } from './simulation-options.ts';
import { SimulatedCluster } from './cluster/simulated-cluster.ts';
import { SIMULATION_LIMITS } from './cluster/simulation-limits.ts';
import { errorText, Transcript, type TranscriptLine } from './transcript.ts';
import { Damage } from './faults/damage.ts';
import { FaultDriver } from './faults/fault-driver.ts';
import { type FaultPlan, type FaultKind, planFaults } from './faults/plan-faults.ts';
import { FOLDERS, GROUPS, SharedWorkload } from './workload/shared-workload.ts';
import { SimulatedUser } from './workload/simulated-user.ts';
import { SimulatedNetwork } from './world/simulated-network.ts';
import type { World } from './world/simulated-machine.ts';

export interface SimulationResult {
  readonly seed: number;
  /** Promises that were not kept; none if all is well. */
  readonly violations: readonly string[];
  readonly operations: number;
  /** The operations of users, also those that told nothing. */
  readonly performed: readonly Performed[];
  readonly moods: readonly string[];
  /** How many faults the seed planned. */
  readonly planned: number;
  /** How many faults of each kind struck. */
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly virtualMs: number;
  /** Parts of the history that were too ambiguous to judge. */
  readonly undecided: number;
  /** Equal for equal runs. */
  readonly hash: string;
  readonly lines: readonly TranscriptLine[];
}

/** Virtual time after which a calm cluster must be whole. */
const WHOLE_MS = 1_800_000;
/** Virtual time in which everything can be looked at while two servers are dead. */
const SURVIVE_MS = 60_000;
const INLINE_CHANCE = 0.5;
/** How many clusters have clients that put chunks straight on the servers. */
const DIRECT_CHANCE = 0.4;
/** In which stores that nobody uses have given back what is dead; waited for with some seeds only. */
const QUIET_MS = 60_000;
const QUIET_CHANCE = 0.3;
/** In which all servers have re-read what they keep, and the frontend was told. */
const SCRUB_MS = 30_000;
/** After a user's death, until another one comes. */
const MAX_ABSENCE_MS = 20_000;
/** Of all runs, those that end with two of three servers dead; of these, those with a new disk. */
const SURVIVE_CHANCE = 0.6;
const LOST_DISK_CHANCE = 0.4;
const LOOK_EVERY_MS = 1_000;
/** How long users may take to end what they do once all is calm. */
const FINISH_MS = 1_800_000;

/** Runs a whole cluster on one thread, through work and faults that `seed` decides. */
export async function simulate(options: SimulationOptions): Promise<SimulationResult> {
  const clock = simulatedClock();
  return await clock.run(new Simulation(clock, options).run());
}

class Simulation {
  readonly #options: SimulationOptions;
  readonly #clock: Clock;
  readonly #random: SeededRandom;
  readonly #transcript: Transcript;
  readonly #cluster: SimulatedCluster;
  readonly #shared: SharedWorkload;
  readonly #plan: FaultPlan;
  readonly #damage: Damage;
  readonly #faults: FaultDriver;
  readonly #working = new Map<SimulatedUser, Promise<void>>();
  #deaths = 0;
  #calm: AbortSignal = new AbortController().signal;

  constructor(clock: Clock, options: SimulationOptions) {
    const random = seededRandom(options.seed);
    const transcript = new Transcript(clock);
    const network = new SimulatedNetwork({
      clock,
      random: random.fork('network'),
      onMessage: (from, to) => transcript.count(`${from} ${to} ${clock.monotonicMs()}`),
    });
    const world: World = { clock, network, transcript };
    const nowMs = (): number => clock.monotonicMs();
    this.#options = options;
    this.#clock = clock;
    this.#random = random;
    this.#transcript = transcript;
    // So that small files meet all that can happen to chunks, too.
    const inline = random.fork('inline').chance(INLINE_CHANCE);
    const direct = random.fork('direct').chance(DIRECT_CHANCE);
    this.#cluster = new SimulatedCluster(world, random, { inline, direct });
    const { largeFiles } = this.#cluster;
    const history = new History(nowMs);
    const only = options.operations;
    this.#shared = new SharedWorkload({ history, transcript, nowMs, largeFiles, only });
    this.#plan = planFaults(random.fork('plan'), options.busyMs ?? BUSY_MS);
    this.#damage = new Damage({ cluster: this.#cluster, nowMs });
    this.#faults = new FaultDriver({
      scene: {
        cluster: this.#cluster,
        damage: this.#damage,
        note: (text) => transcript.note(text, 'event'),
        killClient: () => this.#replaceUser(),
      },
      clock,
      random: random.fork('faults'),
      plan: this.#plan.faults.filter((_, i) => options.faults?.includes(i) ?? true),
    });
  }

  async run(): Promise<SimulationResult> {
    const { seed } = this.#options;
    const { moods, faults: planned } = this.#plan;
    this.#transcript.note(`the moods are ${moods.join(', ')}`, 'state');
    try {
      await this.#work();
    } catch (error) {
      this.#shared.violated(`The simulation came to a stop: ${errorText(error)}`);
    }
    const { history } = this.#shared;
    const judged = judgeHistory(history.operations, {
      groups: GROUPS,
      folders: FOLDERS,
      trashMayGoMs: this.#damage.trashMayGoMs,
    });
    return {
      seed,
      violations: [...this.#shared.violations, ...judged.violations],
      operations: history.operations.length,
      performed: history.all,
      moods,
      planned: planned.length,
      faults: this.#faults.counts,
      virtualMs: this.#clock.monotonicMs(),
      undecided: judged.undecided,
      hash: this.#transcript.hash,
      lines: this.#transcript.lines,
    };
  }

  async #work(): Promise<void> {
    await this.#cluster.startAll();
    while (!this.#cluster.frontend.ready) await sleep(this.#clock, LOOK_EVERY_MS);
    await this.#makeFolders();
    const calm = new AbortController();
    const users = this.#options.users ?? USERS;
    for (let i = 0; i < users; i++) this.#employ(this.#newUser(), calm.signal);
    const breaking = this.#faults.run(calm.signal);
    const { busyMs = BUSY_MS, calmMs = busyMs } = this.#options;
    await sleep(this.#clock, Math.min(busyMs, calmMs));
    this.#transcript.note('all is calm from now on', 'event');
    calm.abort();
    await breaking;
    await this.#cluster.startAll();
    await this.#restartPoisoned();
    await this.#within(FINISH_MS, Promise.all(this.#working.values()), 'the users did not finish');
    await this.#abortUploads();
    // Then what was deleted has expired, and must go.
    await sleep(this.#clock, 2 * SIMULATION_LIMITS.trashMs);
    await this.#becomeWhole();
    if (this.#damage.mayBeWrong) await this.#scrub();
    const wrong = await whatIsWrongWithCopies(this.#cluster, this.#damage.everForgetful);
    for (const problem of wrong) this.#shared.violated(problem);
    await this.#giveBackSpace();
    await this.#newUser().inspect();
    await this.#surviveTwo();
  }

  /** Somebody does what the frontend says of servers whose disks have failed them. */
  async #restartPoisoned(): Promise<void> {
    const { frontend, servers } = this.#cluster;
    for (const server of servers.filter(({ name }) => frontend.poisoned.has(name))) {
      await server.crash('kill');
      await server.start();
    }
  }

  /** Once everything was re-read, each server has all of it whole (§P6). */
  async #scrub(): Promise<void> {
    const client = await this.#cluster.newClient().connect();
    await client.cluster.scrub({});
    await client[Symbol.asyncDispose]();
    await sleep(this.#clock, SCRUB_MS);
    await this.#becomeWhole();
  }

  /** A quiet minute costs as much as many operations, so few seeds have one. */
  async #giveBackSpace(): Promise<void> {
    if (!this.#random.fork('quiet').chance(QUIET_CHANCE)) return;
    await sleep(this.#clock, QUIET_MS);
    for (const problem of whatTakesSpace(this.#cluster)) this.#shared.violated(problem);
  }

  /**
   * With any two of three servers dead, all can be read and something written (§P4); with some seeds
   * the one that is left had lost its disk before. Then the others catch up (§P6).
   */
  async #surviveTwo(): Promise<void> {
    const random = this.#random.fork('survivor');
    if (!random.chance(SURVIVE_CHANCE)) return;
    const { servers } = this.#cluster;
    const survivor = random.pick(servers);
    if (random.chance(LOST_DISK_CHANCE)) {
      await survivor.replaceDisk();
      await survivor.start();
      await this.#becomeWhole();
    }
    const others = servers.filter((server) => server !== survivor);
    for (const server of others) await server.crash(random.pick(['kill', 'power']));
    await this.#within(
      SURVIVE_MS,
      this.#newUser().inspect(),
      'not all could be done with one server',
    );
    for (const server of others) await server.start();
    await this.#becomeWhole();
    await this.#newUser().inspect();
  }

  #employ(user: SimulatedUser, calm: AbortSignal): void {
    const working = user.work(calm).finally(() => this.#working.delete(user));
    working.catch(() => {});
    this.#working.set(user, working);
    this.#calm = calm;
  }

  /** One user dies in the middle of something, and later another one comes. */
  async #replaceUser(): Promise<void> {
    const random = this.#random.fork(`death ${++this.#deaths}`);
    if (this.#working.size === 0) return;
    random.pick([...this.#working.keys()]).die();
    await sleep(this.#clock, random.integer(MAX_ABSENCE_MS), this.#calm).catch(() => {});
    if (!this.#calm.aborted) this.#employ(this.#newUser(), this.#calm);
  }

  async #makeFolders(): Promise<void> {
    const client = await this.#cluster.newClient().connect();
    for (const path of FOLDERS) await client.files.makeFolder({ path, parents: true });
    await client[Symbol.asyncDispose]();
  }

  /** What clients left open when they died would hold up collection until it is given up. */
  async #abortUploads(): Promise<void> {
    const client = await this.#cluster.newClient().connect();
    const left = (await this.#cluster.frontend.parts?.directory.openUploads()) ?? [];
    for (const { upload } of left) await client.files.abortUpload({ upload });
    await client[Symbol.asyncDispose]();
  }

  #newUser(): SimulatedUser {
    const client = this.#cluster.newClient();
    return new SimulatedUser(client, this.#shared, this.#random.fork(`user ${client.name}`));
  }

  async #becomeWhole(): Promise<void> {
    const untilMs = this.#clock.monotonicMs() + WHOLE_MS;
    let missing = await whatIsNotWhole(this.#cluster);
    while (missing !== '' && this.#clock.monotonicMs() < untilMs) {
      await sleep(this.#clock, LOOK_EVERY_MS);
      missing = await whatIsNotWhole(this.#cluster);
    }
    this.#transcript.note(missing === '' ? 'the cluster is whole' : missing, 'state');
    if (missing !== '') {
      this.#shared.violated(`The cluster was not whole after ${WHOLE_MS / 1000} s: ${missing}.`);
    }
  }

  async #within<T>(ms: number, work: Promise<T>, what: string): Promise<T> {
    const over = new AbortController();
    const late = sleep(this.#clock, ms, over.signal).then(() => {
      throw new Error(`After ${ms / 1000} s ${what}`);
    });
    late.catch(() => {});
    try {
      return await Promise.race([work, late]);
    } finally {
      over.abort();
    }
  }
}
