import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { SimulationOptions, SimulationResult } from '../simulate.ts';

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
  let worker: Worker | undefined;
  try {
    for (let next = runs.next(); !next.done && !state.enough; next = runs.next()) {
      worker ??= new Worker(program, { resourceLimits: RESOURCE_LIMITS });
      const result = await resultOf(worker, next.value);
      if (onResult(result, next.value) === true) state.enough = true;
    }
  } finally {
    await worker?.terminate();
  }
}

/** One run with its result, on a thread of its own. */
export async function simulateOne(
  program: string,
  options: SimulationOptions,
): Promise<SimulationResult> {
  const worker = new Worker(program, { resourceLimits: RESOURCE_LIMITS });
  try {
    return await resultOf(worker, options);
  } finally {
    await worker.terminate();
  }
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
