import { parseArgs } from 'node:util';
import { PLANTS } from './plant/plants.ts';
import { bundleSimulator } from './run/bundle-simulator.ts';
import { relevantLines } from './run/relevant-lines.ts';
import { seedsOf } from './run/seeds.ts';
import { simulateAll } from './run/simulators.ts';
import { shrink } from './run/shrink.ts';
import { Totals } from './run/totals.ts';
import type { SimulationOptions, SimulationResult } from './simulate.ts';

/**
 * `npm run simulate -- --seeds 1-1000`: runs seeds on all cores; fails if any of them breaks a
 * promise. Then the first such seed is shrunk to a short transcript.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '1-100' },
      plant: { type: 'string' },
      scenario: { type: 'string' },
      busy: { type: 'string' },
      users: { type: 'string' },
      faults: { type: 'string' },
      threads: { type: 'string' },
      verbose: { type: 'boolean', default: false },
      'no-shrink': { type: 'boolean', default: false },
    },
  });
  const plant = values.plant === undefined ? undefined : plantNamed(values.plant);
  const scenario = values.scenario ?? plant?.scenario;
  const common = {
    ...(scenario === undefined ? {} : { scenario }),
    ...(values.busy === undefined ? {} : { busyMs: 1000 * Number(values.busy) }),
    ...(values.users === undefined ? {} : { users: Number(values.users) }),
    ...(values.faults === undefined ? {} : { faults: [...seedsOf(values.faults)] }),
  };
  const program = await bundleSimulator(plant);
  const totals = new Totals();
  const broken: { options: SimulationOptions; result: SimulationResult }[] = [];
  await simulateAll({
    program,
    runs: runsOf(values.seeds, common),
    ...(values.threads === undefined ? {} : { threads: Number(values.threads) }),
    onResult: (result, options) => {
      totals.add(result);
      if (values.verbose) print(result);
      if (result.violations.length === 0) return false;
      console.log(
        `seed ${result.seed} (${result.moods.join(', ')}): ${result.violations.join('\n')}`,
      );
      broken.push({ options, result });
      // A planted fault is found once it is found.
      return plant !== undefined;
    },
  });
  console.log(totals.text());
  process.exitCode = broken.length > 0 ? 1 : 0;
  const [first] = broken.toSorted((a, b) => a.result.seed - b.result.seed);
  if (!first || values['no-shrink'] || scenario !== undefined) return;
  console.log(`Seed ${first.result.seed} is made smaller:`);
  const smallest = await shrink(program, first);
  const { result } = smallest;
  print({ ...result, lines: relevantLines(result.lines, result.violations) });
  console.log(`Replay it with: npm run simulate -- ${argumentsOf(smallest.options, values.plant)}`);
}

function* runsOf(
  seeds: string,
  common: Omit<SimulationOptions, 'seed'>,
): Generator<SimulationOptions> {
  for (const seed of seedsOf(seeds)) yield { seed, ...common };
}

function print({ seed, moods, lines, violations, hash }: SimulationResult): void {
  console.log(`--- seed ${seed} (${moods.join(', ')}), transcript ${hash}`);
  for (const line of lines) console.log(line);
  for (const violation of violations) console.log(`VIOLATED: ${violation}`);
}

function argumentsOf({ seed, busyMs, users, faults }: SimulationOptions, plant?: string): string {
  return [
    `--seeds ${seed}`,
    busyMs === undefined ? '' : `--busy ${busyMs / 1000}`,
    users === undefined ? '' : `--users ${users}`,
    faults === undefined ? '' : `--faults ${faults.join(',') || 'none'}`,
    plant === undefined ? '' : `--plant ${plant}`,
    '--no-shrink',
    '--verbose',
  ]
    .filter((part) => part !== '')
    .join(' ');
}

function plantNamed(name: string): (typeof PLANTS)[number] {
  const plant = PLANTS.find((candidate) => candidate.name === name);
  if (plant) return plant;
  throw new Error(`There is no plant ${name}. There are: ${PLANTS.map((p) => p.name).join(', ')}.`);
}

await main();
