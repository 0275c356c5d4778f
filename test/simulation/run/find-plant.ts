import type { Plant } from '../plant/plant.ts';
import type { SimulationResult } from '../simulate.ts';
import type { SimulationOptions } from '../simulation-options.ts';
import { bundleSimulator } from './bundle-simulator.ts';
import { simulateAll, simulateOne } from './simulators.ts';

/** Every planted fault must be found with so many seeds. */
const PLANT_SEEDS = 2_000;

/**
 * A run that shows a planted fault: that of the seed that found it once, or the first of all others;
 * undefined if none does.
 */
export async function findPlant(
  plant: Plant,
  seeds: number = PLANT_SEEDS,
): Promise<SimulationResult | undefined> {
  const program = await bundleSimulator(plant);
  const known = await simulateOne(program, runOf(plant, plant.seed));
  if (known.violations.length > 0) return known;
  let found: SimulationResult | undefined;
  await simulateAll({
    program,
    runs: Array.from({ length: seeds }, (_, i) => runOf(plant, i + 1)),
    onResult: (result) => {
      if (result.violations.length === 0) return false;
      if (!found || result.seed < found.seed) found = result;
      return true;
    },
  });
  return found;
}

function runOf({ scenario }: Plant, seed: number): SimulationOptions {
  return scenario === undefined ? { seed } : { seed, scenario };
}
