import { expect, test } from 'vitest';
import { seededRandom } from './random.ts';

test('a seed decides everything that is drawn', () => {
  const draw = (seed: number): unknown => {
    const random = seededRandom(seed);
    return [random.bytes(8), random.fraction(), random.integer(1000), random.fork('a').integer(99)];
  };
  expect(draw(1)).toEqual(draw(1));
  expect(draw(1)).not.toEqual(draw(2));
});

test('a fork depends on its label and not on what was drawn before', () => {
  const early = seededRandom(7).fork('disk').bytes(16);
  const late = seededRandom(7);
  late.bytes(100);
  expect(late.fork('disk').bytes(16)).toEqual(early);
  expect(late.fork('network').bytes(16)).not.toEqual(early);
});

test('whole numbers are spread evenly', () => {
  const random = seededRandom('spread');
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) {
    const drawn = random.integer(10);
    counts[drawn] = (counts[drawn] ?? 0) + 1;
  }
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150);
});
