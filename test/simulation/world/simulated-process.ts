import type { Clock, Timer } from '@holdfast/kernel';
import type { Transport } from '@holdfast/rmi';
import type { SeededRandom } from '@holdfast/testkit';
import type { SimulatedNetwork } from './simulated-network.ts';

export interface ProcessWorld {
  readonly clock: Clock;
  readonly network: SimulatedNetwork;
}

/**
 * One run of a program. Its objects are abandoned when it is killed, not closed: none of its timers
 * runs any more and its connections are broken, so that it can do nothing further however much of it
 * is still referenced. Its disk is to end with it.
 */
export class SimulatedProcess {
  /** Where it listens, and how the network calls it. */
  readonly address: string;
  readonly pid: number;
  readonly random: SeededRandom;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly #world: ProcessWorld;
  readonly #machine: Clock;
  readonly #timers = new Set<Timer>();
  readonly #killed = new AbortController();
  readonly #listening: Disposable[] = [];

  constructor(
    world: ProcessWorld,
    options: {
      readonly address: string;
      readonly pid: number;
      readonly random: SeededRandom;
      /** The machine's. */
      readonly clock: Clock;
    },
  ) {
    this.#world = world;
    this.address = options.address;
    this.pid = options.pid;
    const machine = options.clock;
    this.#machine = machine;
    this.random = options.random;
    // Monotonic time begins anywhere, so that nothing may carry it from one run to the next.
    const startMs = options.random.integer(1_000_000_000);
    this.clock = {
      wallMs: () => machine.wallMs(),
      monotonicMs: () => startMs + machine.monotonicMs(),
      schedule: (delayMs, task) => this.#schedule(delayMs, task),
    };
    this.transport = {
      dial: async (address, dialOptions) => {
        const signal = AbortSignal.any([dialOptions.signal, this.#killed.signal]);
        return await world.network
          .transport(this.address)
          .dial(address, { ...dialOptions, signal });
      },
    };
  }

  get alive(): boolean {
    return !this.#killed.signal.aborted;
  }

  listen(accept: Parameters<SimulatedNetwork['listen']>[1]): Disposable {
    const listening = this.#world.network.listen(this.address, accept);
    this.#listening.push(listening);
    return listening;
  }

  onKilled(listener: () => void): void {
    this.#killed.signal.addEventListener('abort', () => listener(), { once: true });
  }

  kill(): void {
    this.#killed.abort(new Error('The process was killed'));
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
    for (const listening of this.#listening) listening[Symbol.dispose]();
    // As from a killed process or a dead machine: what is on the way still arrives.
    this.#world.network.leave(this.address);
  }

  #schedule(delayMs: number, task: () => void): Timer {
    if (!this.alive) return { cancel: () => {} };
    const timer = this.#machine.schedule(delayMs, () => {
      this.#timers.delete(timer);
      task();
    });
    this.#timers.add(timer);
    return { cancel: () => void (this.#timers.delete(timer) && timer.cancel()) };
  }
}
