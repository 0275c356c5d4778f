import type { SimulatedCluster } from '../cluster/simulated-cluster.ts';
import type { SimulatedMachine } from '../world/simulated-machine.ts';

/** How long all must have been well before something may be forgotten. */
const SETTLED_MS = 2_000;

export interface DamageOptions {
  readonly cluster: SimulatedCluster;
  readonly nowMs: () => number;
}

/**
 * Keeps faults within what the promises tolerate (§P1, §P4, §P11): a disk may forget only while every
 * chunk and every commit that it has is on stable storage elsewhere too. Crashes need no permission,
 * since they forget nothing.
 */
export class Damage {
  /** From when on the trash may be emptied early: space was short, or the frontend's clock was set. */
  trashMayGoMs: number = Infinity;
  readonly #options: DamageOptions;
  /** Whose disk forgot something that it may not have back yet. */
  readonly #forgetful = new Set<SimulatedMachine>();
  readonly #everForgetful = new Set<SimulatedMachine>();
  /** Whose disk has wrong bytes that nobody may have found yet. */
  readonly #flipped = new Set<SimulatedMachine>();
  #wellSinceMs = Infinity;

  constructor(options: DamageOptions) {
    this.#options = options;
  }

  trashMayGo(): void {
    this.trashMayGoMs = Math.min(this.trashMayGoMs, this.#options.nowMs());
  }

  /** Machines whose disk forgot something at some time. */
  get everForgetful(): ReadonlySet<SimulatedMachine> {
    return this.#everForgetful;
  }

  /** Copies may be wrong that nobody has read since. */
  get mayBeWrong(): boolean {
    return this.#flipped.size > 0;
  }

  flipped(machine: SimulatedMachine): void {
    this.#flipped.add(machine);
  }

  /** To be called now and then: only what was seen well for a while counts as well. */
  async look(): Promise<void> {
    if (!(await this.#isWell())) {
      this.#wellSinceMs = Infinity;
      return;
    }
    this.#wellSinceMs = Math.min(this.#wellSinceMs, this.#options.nowMs());
    if (this.#isSettled) this.#forgetful.clear();
  }

  /** Whether the machine's disk may lose what it has; if so, it counts as lost. */
  async mayForget(machine: SimulatedMachine): Promise<boolean> {
    await this.look();
    const others = [...this.#forgetful, ...this.#flipped].filter((other) => other !== machine);
    if (!this.#isSettled || others.length > 0) return false;
    this.#forgetful.add(machine);
    this.#everForgetful.add(machine);
    this.#wellSinceMs = Infinity;
    return true;
  }

  get #isSettled(): boolean {
    return this.#options.nowMs() - this.#wellSinceMs >= SETTLED_MS;
  }

  /** Everybody is there and in view, and nothing has fewer copies than it should have. */
  async #isWell(): Promise<boolean> {
    const { frontend, servers, machines } = this.#options.cluster;
    const { parts } = frontend;
    if (!parts || machines.some((machine) => machine.time.stopped)) return false;
    const { engine, directory, members } = parts;
    const { writable, view } = engine.status;
    if (!writable) return false;
    const present = servers.every((server) => {
      const member = members.named(server.name);
      return server.running && member?.live === true && view.stores.includes(member.store);
    });
    return present && (await directory.counts()).underReplicated === 0;
  }
}
