import { parseArgs } from 'node:util';
import { PLANTS } from './plant/plants.ts';
import { bundleSimulator } from './run/bundle-simulator.ts';
import { seedsOf } from './run/seeds.ts';
import { SimulatorThread, simulateAll } from './run/simulators.ts';
import { type Failing, shrink } from './run/shrink.ts';
import { storyOf } from './run/story.ts';
import { Totals } from './run/totals.ts';
import type { SimulationResult } from './simulate.ts';
import type { SimulationOptions } from './simulation-options.ts';
import { lineText } from './transcript.ts';

/**
 * `npm run simulate -- --seeds 1-1000`: runs seeds on all cores; fails if any of them breaks a
 * promise. Then what happened with the first such seed is made smaller and told on a page.
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
      operations: { type: 'string' },
      calm: { type: 'string' },
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
    ...(values.operations === undefined
      ? {}
      : { operations: values.operations === 'none' ? [] : values.operations.split(',') }),
    ...(values.calm === undefined ? {} : { calmMs: 1000 * Number(values.calm) }),
  };
  const program = await bundleSimulator(plant);
  const totals = new Totals();
  const broken: Failing[] = [];
  await simulateAll({
    program,
    runs: runsOf(values.seeds, common),
    ...(values.threads === undefined ? {} : { threads: Number(values.threads) }),
    onResult: (result, options) => {
      totals.add(result);
      if (values.verbose) print(result);
      if (result.violations.length === 0) return false;
      console.log(`seed ${result.seed} (${result.moods.join(', ')}): ${headOf(result)}`);
      broken.push({ options, result });
      // A planted fault is found once it is found.
      return plant !== undefined;
    },
  });
  console.log(totals.text());
  process.exitCode = broken.length > 0 ? 1 : 0;
  const [first] = broken.toSorted((a, b) => a.result.seed - b.result.seed);
  if (!first || values.verbose) return;
  const { seed } = first.options;
  const isWhole = values['no-shrink'] || scenario !== undefined;
  if (!isWhole) console.log(`Seed ${seed} is made smaller, for two minutes at most.`);
  await using thread = new SimulatorThread(program);
  const smallest = isWhole ? first : await shrink((options) => thread.run(options), first);
  const what = scenario === undefined ? sizeText(smallest, first) : `scenario ${scenario}`;
  console.log(`--- seed ${seed}, ${what}`);
  for (const line of storyOf(smallest.result)) console.log(line);
  console.log(`Replay it with: npm run simulate -- ${argumentsOf(smallest.options, values.plant)}`);
}

/** How much is left of what failed. */
function sizeText({ options, result }: Failing, { result: whole }: Failing): string {
  const { faults, operations, calmMs } = options;
  return [
    `${faults?.length ?? whole.planned} of ${whole.planned} faults`,
    `${operations?.length ?? result.performed.length} of ${whole.performed.length} operations`,
    ...(calmMs === undefined ? [] : [`calm after ${calmMs / 1000} s`]),
  ].join(', ');
}

/** The beginning of what is wrong. */
function headOf({ violations: [first = '', ...others] }: SimulationResult): string {
  const [head = ''] = first.split('\n');
  return others.length > 0 ? `${head} (and ${others.length} more)` : head;
}

function* runsOf(
  seeds: string,
  common: Omit<SimulationOptions, 'seed'>,
): Generator<SimulationOptions> {
  for (const seed of seedsOf(seeds)) yield { seed, ...common };
}

function print({ seed, moods, lines, violations, hash }: SimulationResult): void {
  console.log(`--- seed ${seed} (${moods.join(', ')}), transcript ${hash}`);
  for (const line of lines) console.log(lineText(line));
  for (const violation of violations) console.log(`VIOLATED: ${violation}`);
}

function argumentsOf(options: SimulationOptions, plant?: string): string {
  const { seed, scenario, busyMs, users, faults, operations, calmMs } = options;
  return [
    `--seeds ${seed}`,
    scenario === undefined ? '' : `--scenario ${scenario}`,
    busyMs === undefined ? '' : `--busy ${busyMs / 1000}`,
    users === undefined ? '' : `--users ${users}`,
    faults === undefined ? '' : `--faults ${faults.join(',') || 'none'}`,
    operations === undefined ? '' : `--operations ${operations.join(',') || 'none'}`,
    calmMs === undefined ? '' : `--calm ${calmMs / 1000}`,
    plant === undefined ? '' : `--plant ${plant}`,
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
