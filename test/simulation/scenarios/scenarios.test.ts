import { beforeAll, expect, test } from 'vitest';
import { PLANTS } from '../plant/plants.ts';
import { bundleSimulator } from '../run/bundle-simulator.ts';
import { simulateAll } from '../run/simulators.ts';
import { SCENARIOS } from './scenarios.ts';

const SEEDS = [1, 2, 3];

let program = '';

beforeAll(async () => {
  program = await bundleSimulator();
});

test.each(SCENARIOS)('the scenario $name breaks no promise: $what', async ({ name }) => {
  const wrong: string[] = [];
  await simulateAll({
    program,
    runs: SEEDS.map((seed) => ({ seed, scenario: name })),
    onResult: ({ seed, violations }) => {
      const replay = `npm run simulate -- --scenario ${name} --seeds ${seed} --verbose`;
      if (violations.length > 0) wrong.push(...violations, `Replay: ${replay}`);
    },
  });
  expect(wrong.join('\n')).toBe('');
});

test('each scenario has a planted fault that it finds', () => {
  const shown = new Set(PLANTS.map(({ scenario }) => scenario));
  expect(SCENARIOS.map(({ name }) => name).filter((name) => !shown.has(name))).toEqual([]);
});
