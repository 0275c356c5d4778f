import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { DirectoryTime } from './directory-time.ts';
import { ENGINE_LIMITS } from './limits.ts';

// fills ENGINE_LIMITS.timeJumpMs
test('a wall clock is believed up to so far ahead of the last commit, and no further', () => {
  const clock = simulatedClock();
  const committedMs = clock.wallMs();
  const startedAt = (): number => {
    const time = new DirectoryTime(clock);
    time.start(committedMs);
    return time.nowMs();
  };
  clock.jumpWall(ENGINE_LIMITS.timeJumpMs);
  expect(startedAt()).toBe(committedMs + ENGINE_LIMITS.timeJumpMs);
  clock.jumpWall(1);
  expect(startedAt()).toBe(committedMs);
});
