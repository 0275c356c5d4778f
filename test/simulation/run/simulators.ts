import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { SimulationResult } from '../simulate.ts';
import type { SimulationOptions } from '../simulation-options.ts';

export interface SimulateAllOptions {
  /** A bundle of the simulator. */
  readonly program: string;
  /** Taken one by one as threads become free. */
  readonly runs: Iterable<SimulationOptions>;
  /** Told of each result as it comes, in no order; true: that is enough. */
  readonly onResult: (result: SimulationResult, options: SimulationOptions) => boolean | void;
  readonly threads?: number;
}

/** Runs simulations on all cores, each thread one at a time. A run that throws ends them all. */
export async function simulateAll(options: SimulateAllOptions): Promise<void> {
  const { threads = availableParallelism() } = options;
  const runs = options.runs[Symbol.iterator]();
  const state = { enough: false };
  await Promise.all(Array.from({ length: threads }, () => runThread(options, runs, state)));
}

/** With a larger young generation the collector has less to do: a seed leaves little behind. */
const RESOURCE_LIMITS = { maxYoungGenerationSizeMb: 192 };

async function runThread(
  { program, onResult }: SimulateAllOptions,
  runs: Iterator<SimulationOptions>,
  state: { enough: boolean },
): Promise<void> {
  await using thread = new SimulatorThread(program);
  for (let next = runs.next(); !next.done && !state.enough; next = runs.next()) {
    const result = await thread.run(next.value);
    if (onResult(result, next.value) === true) state.enough = true;
  }
}

/** A thread that simulates what it is told, one after the other. */
export class SimulatorThread implements AsyncDisposable {
  readonly #program: string;
  #worker: Worker | undefined;

  constructor(program: string) {
    this.#program = program;
  }

  async run(options: SimulationOptions): Promise<SimulationResult> {
    this.#worker ??= new Worker(this.#program, { resourceLimits: RESOURCE_LIMITS });
    return await resultOf(this.#worker, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker?.terminate();
  }
}

/** One run with its result, on a thread of its own. */
export async function simulateOne(
  program: string,
  options: SimulationOptions,
): Promise<SimulationResult> {
  await using thread = new SimulatorThread(program);
  return await thread.run(options);
}

/** Real time after which a run is taken to be caught in a loop. */
const HUNG_MS = 300_000;

function resultOf(worker: Worker, options: SimulationOptions): Promise<SimulationResult> {
  return new Promise((resolve, reject) => {
    const hung = setTimeout(() => onError(new Error('It did not end.')), HUNG_MS);
    const onMessage = (result: SimulationResult): void => {
      clearTimeout(hung);
      worker.off('error', onError);
      resolve(result);
    };
    const onError = (error: unknown): void => {
      clearTimeout(hung);
      worker.off('message', onMessage);
      reject(new Error(`The simulation of seed ${options.seed} broke.`, { cause: error }));
    };
    worker.once('message', onMessage);
    worker.once('error', onError);
    worker.postMessage(options);
  });
}
