import { beforeAll, expect, test } from 'vitest';
import { bundleSimulator } from './run/bundle-simulator.ts';
import { simulateAll, simulateOne } from './run/simulators.ts';
import { Totals } from './run/totals.ts';
import type { SimulationResult } from './simulate.ts';

const SEEDS = 500;
/** Many, since a new thread takes longest for its first ones. */
const SEEDS_PER_TEST = 100;
/** Histories that were too ambiguous to be judged within reason, of the runs of one test. */
const MAX_UNDECIDED = 3;
const TEST_TIMEOUT_MS = 600_000;
const FIRST_SEEDS = Array.from(
  { length: SEEDS / SEEDS_PER_TEST },
  (_, i) => 1 + i * SEEDS_PER_TEST,
);

let program = '';

beforeAll(async () => {
  program = await bundleSimulator();
});

/** What was wrong, and how to see what led to it. */
function account({ seed, moods, violations }: SimulationResult): string {
  const replay = `npm run simulate -- --seeds ${seed}`;
  return [`seed ${seed} (${moods.join(', ')})`, ...violations, `Replay: ${replay}`].join('\n');
}

test.each(FIRST_SEEDS)(
  'seeds from %i on: every promise is kept through work, crashes and faults',
  async (first) => {
    const wrong: string[] = [];
    const totals = new Totals();
    let undecided = 0;
    await simulateAll({
      program,
      runs: Array.from({ length: SEEDS_PER_TEST }, (_, i) => ({ seed: first + i })),
      onResult: (result) => {
        totals.add(result);
        undecided += result.undecided;
        if (result.violations.length > 0) wrong.push(account(result));
      },
    });
    expect(wrong.join('\n')).toBe('');
    expect(undecided).toBeLessThanOrEqual(MAX_UNDECIDED);
    // Runs in which nothing was done or hardly anything broke show nothing.
    expect(totals.operations).toBeGreaterThan(50 * SEEDS_PER_TEST);
    expect(totals.faults.size).toBeGreaterThan(12);
  },
  TEST_TIMEOUT_MS,
);

test('a seed decides everything, to the last message', async () => {
  const hashOf = async (seed: number): Promise<string> =>
    (await simulateOne(program, { seed })).hash;
  const hash = await hashOf(3);
  expect(await hashOf(3)).toBe(hash);
  expect(await hashOf(4)).not.toBe(hash);
});
