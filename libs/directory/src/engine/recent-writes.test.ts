import { expect, test } from 'vitest';
import { ENGINE_LIMITS } from './limits.ts';
import { RecentWrites } from './recent-writes.ts';

// fills ENGINE_LIMITS.recentKeys
test('who has read for too long while others wrote starts again, whatever it read', () => {
  const writes = new RecentWrites();
  const reading = writes.begin();
  const overtaken = (): boolean => writes.keyChanged('untouched', reading.since);
  const keys = 1000;
  const write = (round: number): void =>
    writes.written(Array.from({ length: keys }, (_, i) => `${round} ${i}`));
  for (let round = 0; round < ENGINE_LIMITS.recentKeys / keys; round++) write(round);
  expect(overtaken()).toBe(false);
  const late = writes.begin();
  writes.written(['one more']);
  expect(overtaken()).toBe(true);
  expect(writes.rangeChanged('u', 'v', reading.since)).toBe(true);
  expect(writes.keyChanged('untouched', late.since)).toBe(false);
});
