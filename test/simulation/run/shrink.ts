import type { SimulationOptions, SimulationResult } from '../simulate.ts';
import { simulateOne } from './simulators.ts';

export interface Failing {
  readonly options: SimulationOptions;
  readonly result: SimulationResult;
}

/** Runs that may be tried for one seed, and how long, in real time. */
const MOST_RUNS = 120;
const MOST_MS = 120_000;

/**
 * Looks for a smaller run of the same seed that still breaks a promise: fewer faults, then fewer
 * users. Each step is kept if it fails, and tried again from there.
 */
export async function shrink(program: string, failing: Failing): Promise<Failing> {
  let smallest = failing;
  let runs = 0;
  const startedMs = performance.now();
  const fails = async (change: Partial<SimulationOptions>): Promise<boolean> => {
    if (runs++ >= MOST_RUNS || performance.now() - startedMs > MOST_MS) return false;
    const options = { ...smallest.options, ...change };
    const result = await simulateOne(program, options);
    if (result.violations.length === 0) return false;
    smallest = { options, result };
    return true;
  };
  await shrinkFaults(fails, numbersBelow(failing.result.planned));
  for (const users of [1, 2, 3]) if (await fails({ users })) break;
  const { faults = [] } = smallest.options;
  await shrinkFaults(fails, faults);
  return smallest;
}

/** Delta debugging by Zeller and Hildebrandt: leaves out ever smaller parts of the list. */
async function shrinkFaults(
  fails: (change: Partial<SimulationOptions>) => Promise<boolean>,
  all: readonly number[],
): Promise<void> {
  let kept = all;
  if (!(await fails({ faults: kept }))) return;
  for (
    let size = Math.ceil(kept.length / 2);
    size >= 1;
    size = size > 1 ? Math.ceil(size / 2) : 0
  ) {
    for (let from = 0; from < kept.length;) {
      const fewer = kept.filter((_, i) => i < from || i >= from + size);
      if (await fails({ faults: fewer })) kept = fewer;
      else from += size;
    }
  }
}

function numbersBelow(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}
