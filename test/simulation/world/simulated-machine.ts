import type { Disk } from '@holdfast/kernel';
import { type RmiLog, SILENT_LOG } from '@holdfast/rmi';
import type { SimulatedDisk } from '@holdfast/testkit';
import { simulatedDisk, type SeededRandom } from '@holdfast/testkit';
import { isHoldfastError } from '@holdfast/contracts';
import type { LineKind, Transcript } from '../transcript.ts';
import { MachineClock } from './machine-clock.ts';
import { type ProcessWorld, SimulatedProcess } from './simulated-process.ts';

export interface World extends ProcessWorld {
  readonly transcript: Transcript;
}

export interface MachineOptions {
  readonly world: World;
  readonly name: string;
  readonly random: SeededRandom;
}

/** How a machine's program ends: its process alone, or with the power and all that was not synced. */
export type CrashKind = 'kill' | 'power';

/** How long half an operation takes at most, in milliseconds: fast disks, and one that is not. */
const SLOWEST_MS: readonly number[] = [1, 2, 2, 25];

/** A machine with one program, whose disk outlives the program's runs. */
export abstract class SimulatedMachine {
  readonly name: string;
  readonly address: string;
  readonly time: MachineClock;
  disk: SimulatedDisk;
  /** Bytes on the disk have changed: the program may refuse to start until somebody replaces it. */
  rotten = false;
  protected readonly random: SeededRandom;
  readonly #world: World;
  #runs = 0;
  #disks = 0;
  #process: SimulatedProcess | undefined;
  #deaf: Disposable | undefined;

  constructor({ world, name, random }: MachineOptions) {
    this.#world = world;
    this.name = name;
    this.random = random;
    this.address = `ws://${name}`;
    this.time = new MachineClock(world.clock);
    this.disk = this.#newDisk();
  }

  get running(): boolean {
    return this.#process?.alive ?? false;
  }

  /** Starts the program, if it does not run; resolves once it is up, or has ended before that. */
  async start(): Promise<void> {
    if (this.running) return;
    const pid = 1000 + ++this.#runs;
    const process = new SimulatedProcess(this.#world, {
      address: this.address,
      pid,
      random: this.random.fork(`run ${this.#runs}`),
      clock: this.time,
    });
    this.#process = process;
    // That all are there at the beginning is no news.
    this.note(process, 'starts', this.#runs > 1 ? 'event' : 'state');
    const ended = new Promise<void>((resolve) => process.onKilled(resolve));
    await Promise.race([ended, this.run(process).catch((error) => this.#failed(process, error))]);
  }

  /** Ends the program at this very instant. */
  async crash(kind: CrashKind): Promise<void> {
    const process = this.#process;
    if (!process?.alive) return;
    this.note(process, kind === 'power' ? 'loses power' : 'is killed', 'event');
    process.kill();
    if (kind === 'power') this.disk.crash();
    else this.disk.kill();
    await this.crashed(kind);
  }

  /** The disk as a program that starts now sees it. */
  protected mount(): Disk {
    return this.disk.mount();
  }

  /** Its programs stand still, and what is sent to them waits. */
  stop(): void {
    this.time.stop();
    this.#deaf ??= this.#world.network.close((_from, to) => to === this.address);
  }

  /** Its programs go on, hearing first of what was sent or of how late it is. */
  async resume(first: 'timers' | 'messages'): Promise<void> {
    const listen = (): void => {
      this.#deaf?.[Symbol.dispose]();
      this.#deaf = undefined;
    };
    if (first === 'messages') listen();
    await this.time.resume();
    listen();
  }

  /** What is on stable storage now, to be had back while the program does not run. */
  async copyDisk(): Promise<{ readonly restore: () => Promise<void> }> {
    const { disk } = this;
    const snapshot = disk.snapshot();
    const restoreRest = await this.copyRest();
    return {
      restore: async () => {
        this.disk = disk;
        disk.restore(snapshot);
        await restoreRest();
      },
    };
  }

  /** The disk is broken, and another one, which is empty, takes its place. */
  async replaceDisk(): Promise<void> {
    await this.crash('power');
    this.#world.transcript.note(`${this.name} gets a new disk`, 'event');
    this.disk = this.#newDisk();
    this.rotten = false;
  }

  protected abstract run(process: SimulatedProcess): Promise<void>;

  /** What else is on the disk, for `copyDisk`; the result brings it back. */
  protected async copyRest(): Promise<() => Promise<void>> {
    return async () => {};
  }

  /** What else the machine keeps over a crash. */
  protected async crashed(_kind: CrashKind): Promise<void> {}

  protected note(process: SimulatedProcess, text: string, kind: LineKind): void {
    if (process.alive) this.#world.transcript.note(`${this.name} ${text}`, kind);
  }

  protected notice(process: SimulatedProcess): (text: string) => void {
    return (text) => this.note(process, text, 'report');
  }

  /** The log of a daemon, of which only what should never happen is worth a line. */
  protected log(process: SimulatedProcess): RmiLog {
    return {
      ...SILENT_LOG,
      error: (fields, message) => {
        const { err } = fields as { readonly err?: unknown };
        this.report(process, message, err ?? JSON.stringify(fields));
      },
    };
  }

  protected report(process: SimulatedProcess, what: string, error: unknown): void {
    if (process.alive) this.#world.transcript.problem(`${this.name} ${what}`, error);
  }

  #newDisk(): SimulatedDisk {
    const random = this.random.fork(`disk ${this.#disks++}`);
    return simulatedDisk({ clock: this.time, random, slowestMs: random.pick(SLOWEST_MS) });
  }

  /** A program that cannot start ends; whether that is right, the simulation decides. */
  #failed(process: SimulatedProcess, error: unknown): void {
    if (!process.alive) return;
    this.#world.transcript.problem(`${this.name} could not start`, error);
    process.kill();
    this.disk.kill();
    // Whoever looks after it starts it again once its disk can be read.
    const { fault, capacityBytes } = this.disk;
    const excused = fault !== undefined || capacityBytes !== Infinity || this.rotten;
    if (!excused && !isHoldfastError(error, 'unavailable')) throw error;
  }
}
