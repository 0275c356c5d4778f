import { expect, test } from 'vitest';
import type { SimulationResult } from '../simulate.ts';
import type { SimulationOptions } from '../simulation-options.ts';
import { type Failing, shrink } from './shrink.ts';

const ALL = Array.from({ length: 80 }, (_, i) => `client-${1 + (i % 4)}.${i}`);

/** Breaks a promise once two operations and a fault have met, and another one without that fault. */
function simulate({
  operations = ALL,
  faults,
  calmMs = 30_000,
  users = 4,
}: SimulationOptions): SimulationResult {
  const met = ['client-2.5', 'client-3.70'].every((id) => operations.includes(id));
  const struck = faults?.includes(7) ?? true;
  const right = met && calmMs >= 12_000 && users >= 3;
  return {
    ...{ seed: 1, moods: ['chaos'], planned: 20, faults: new Map(), virtualMs: 1, undecided: 0 },
    ...{ hash: '', lines: [], operations: operations.length },
    violations: right ? [struck ? `client-3.70 lost 2 files on ${calmMs}` : 'Another one'] : [],
    performed: operations.map((id) => ({
      ...{ id, operation: { kind: 'stat', path: '/shared/red/a' }, outcome: { kind: 'unknown' } },
      ...{ begun: 0, begunMs: 0, ended: 0, endedMs: 0 },
    })),
  };
}

const options = { seed: 1 };
const failing: Failing = { options, result: simulate(options) };

test('a failing run is made smaller in all respects, as long as it breaks the same promise', async () => {
  const { options: smallest } = await shrink(async (tried) => simulate(tried), failing);
  expect(smallest).toMatchObject({
    ...{ faults: [7], users: 3, operations: ['client-2.5', 'client-3.70'] },
  });
  expect(smallest.calmMs).toBeGreaterThanOrEqual(12_000);
  expect(smallest.calmMs).toBeLessThan(12_500);
});

test('no more is tried than may be', async () => {
  let runs = 0;
  const counted = async (tried: SimulationOptions): Promise<SimulationResult> => {
    runs++;
    return simulate(tried);
  };
  await shrink(counted, failing, { mostRuns: 10, mostMs: 120_000 });
  expect(runs).toBe(10);
});
