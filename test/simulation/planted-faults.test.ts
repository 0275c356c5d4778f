import { expect, test } from 'vitest';
import { PLANTS } from './plant/plants.ts';
import { findPlant } from './run/find-plant.ts';

test.concurrent.each(PLANTS)('the simulator finds $name: $what', async (plant) => {
  const found = await findPlant(plant);
  expect(found?.seed, `${plant.name} was not found`).toBeDefined();
  console.log(`${plant.name}: found with seed ${found?.seed}`);
});
