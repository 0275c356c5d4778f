import type { SimulationResult } from '../simulate.ts';
import { BUSY_MS, type SimulationOptions, USERS } from '../simulation-options.ts';
import { fewest } from './fewest.ts';
import { isInQuestion } from './story.ts';

export interface Failing {
  readonly options: SimulationOptions;
  readonly result: SimulationResult;
}

export interface ShrinkLimits {
  /** Runs that may be tried for one seed, and how long, in real time. */
  readonly mostRuns: number;
  readonly mostMs: number;
}

const LIMITS: ShrinkLimits = { mostRuns: 600, mostMs: 120_000 };
/** To which the moment is found at which all can become calm. */
const STEP_MS = 500;
/** Of a violation, those that tell what is wrong. */
const WORDS_OF_KIND = 7;

/**
 * Looks for a smaller run of the same seed that still breaks the same promise: shorter, with fewer
 * faults, users and operations. Each step is kept if it fails, and tried again from there.
 */
export async function shrink(
  simulate: (options: SimulationOptions) => Promise<SimulationResult>,
  failing: Failing,
  limits: ShrinkLimits = LIMITS,
): Promise<Failing> {
  const kind = kindOf(failing.result.violations[0]);
  const startedMs = performance.now();
  let runs = 0;
  let smallest = failing;
  const fails = async (change: Partial<SimulationOptions>): Promise<boolean> => {
    if (runs++ >= limits.mostRuns || performance.now() - startedMs > limits.mostMs) return false;
    const options = { ...smallest.options, ...change };
    const result = await simulate(options);
    if (!result.violations.some((violation) => kindOf(violation) === kind)) return false;
    smallest = { options, result };
    return true;
  };
  const becomeCalmEarlier = async (): Promise<void> => {
    const { busyMs = BUSY_MS, calmMs = busyMs } = smallest.options;
    let [tooEarlyMs, lateEnoughMs] = [0, calmMs];
    while (lateEnoughMs - tooEarlyMs > STEP_MS) {
      const middleMs = Math.round((tooEarlyMs + lateEnoughMs) / 2);
      if (await fails({ calmMs: middleMs })) lateEnoughMs = middleMs;
      else tooEarlyMs = middleMs;
    }
  };
  const leaveOutFaults = async (): Promise<void> => {
    const all = smallest.options.faults ?? numbersBelow(smallest.result.planned);
    await fewest(all, (faults) => fails({ faults }));
  };
  const leaveOutUsers = async (): Promise<void> => {
    const { users: all = USERS } = smallest.options;
    for (let users = 1; users < all; users++) if (await fails({ users })) return;
  };
  const leaveOutOperations = async (): Promise<void> => {
    const { performed, violations } = smallest.result;
    const inQuestion = performed.filter(({ operation }) => isInQuestion(operation, violations));
    await fails({ operations: inQuestion.map(({ id }) => id) });
    const all = smallest.result.performed.map(({ id }) => id);
    await fewest(all, (operations) => fails({ operations }));
  };
  await becomeCalmEarlier();
  await leaveOutFaults();
  await leaveOutUsers();
  await leaveOutOperations();
  await becomeCalmEarlier();
  await leaveOutFaults();
  return smallest;
}

/** Which promise is broken how, whoever breaks it: the first words, without numbers. */
function kindOf(violation = ''): string {
  return violation
    .replaceAll(/[0-9]+/g, '')
    .split(' ')
    .slice(0, WORDS_OF_KIND)
    .join(' ');
}

function numbersBelow(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}
