import { parentPort } from 'node:worker_threads';
import { playScenario } from '../scenarios/play-scenario.ts';
import { simulate } from '../simulate.ts';
import type { SimulationOptions } from '../simulation-options.ts';
import { anySignal } from './any-signal.ts';

AbortSignal.any = anySignal;

/** A worker thread that simulates what it is told, one after the other. */
parentPort?.on('message', (options: SimulationOptions) => {
  const { scenario, seed } = options;
  const running = scenario === undefined ? simulate(options) : playScenario(scenario, seed);
  void running.then((result) => parentPort?.postMessage(result));
});
