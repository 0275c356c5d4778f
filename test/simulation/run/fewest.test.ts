import { expect, test } from 'vitest';
import { fewest } from './fewest.ts';

const all = Array.from({ length: 100 }, (_, i) => i);

test('what is not needed is left out, in a few steps', async () => {
  let steps = 0;
  const needed = [3, 41, 42];
  const kept = await fewest(all, async (part) => {
    steps++;
    return needed.every((one) => part.includes(one));
  });
  expect(kept).toEqual(needed);
  expect(steps).toBeLessThan(60);
});

test('nothing is left where nothing is needed, and all where all is', async () => {
  expect(await fewest(all, async () => true)).toEqual([]);
  expect(await fewest(all, async (part) => part.length === all.length)).toEqual(all);
});
