import { setMaxListeners } from 'node:events';
import { sleep, type Clock } from '@holdfast/kernel';
import type { SeededRandom } from '@holdfast/testkit';
import type { FaultScene } from './fault.ts';
import { FAULTS, type FaultKind, type PlannedFault } from './plan-faults.ts';

const LOOK_EVERY_MS = 500;

export interface FaultDriverOptions {
  readonly scene: Omit<FaultScene, 'pause'>;
  readonly clock: Clock;
  readonly random: SeededRandom;
  readonly plan: readonly PlannedFault[];
}

/** Breaks a cluster as planned, and mends it again. */
export class FaultDriver {
  /** How many of each kind there were. */
  readonly counts: Map<FaultKind, number> = new Map();
  readonly #options: FaultDriverOptions;

  constructor(options: FaultDriverOptions) {
    this.#options = options;
  }

  /** Goes on until told to stop; then what is broken is mended, and the promise resolves. */
  async run(calm: AbortSignal): Promise<void> {
    const { clock, plan, scene } = this.#options;
    // Each fault waits by itself, and all of them go on once it is calm.
    setMaxListeners(0, calm);
    const pause = async (ms: number): Promise<void> => await sleep(clock, ms, calm).catch(() => {});
    const striking = plan.map((fault) => this.#strike(fault, { ...scene, pause }, calm));
    // What fails meanwhile is told in the end.
    for (const strike of striking) strike.catch(() => {});
    while (!calm.aborted) {
      await scene.damage.look();
      await pause(LOOK_EVERY_MS);
    }
    await Promise.all(striking);
    const { machines } = scene.cluster;
    for (const machine of machines) machine.time.drift(1);
  }

  async #strike(fault: PlannedFault, scene: FaultScene, calm: AbortSignal): Promise<void> {
    const { atMs, kind, forMs } = fault;
    await scene.pause(atMs);
    if (calm.aborted) return;
    const { machines } = scene.cluster;
    const target = machines[fault.target % machines.length] ?? scene.cluster.frontend;
    const random = this.#options.random.fork(`${kind} at ${atMs}`);
    if (!(await FAULTS[kind](scene, { random, forMs, target }))) return;
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }
}
