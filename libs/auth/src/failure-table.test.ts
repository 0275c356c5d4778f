import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { FailureTable } from './failure-table.ts';
import { AUTH_LIMITS, FAILURE_RULES } from './limits.ts';

// fills FAILURE_RULES.pair.longestWaitMs, FAILURE_RULES.address.longestWaitMs
test.for(['pair', 'address'] as const)('no wait for one %s grows beyond the longest', (rule) => {
  const table = new FailureTable(simulatedClock(), FAILURE_RULES[rule]);
  for (let i = 0; i < 100; i++) table.add('guesser');
  expect(table.delayMs('guesser')).toBe(FAILURE_RULES[rule].longestWaitMs);
});

// fills AUTH_LIMITS.rememberedFailures
test('of too many who failed, the one that failed longest ago is forgotten', () => {
  const table = new FailureTable(simulatedClock(), FAILURE_RULES.pair);
  const failOften = (key: string): void => {
    for (let i = 0; i <= FAILURE_RULES.pair.free; i++) table.add(key);
  };
  failOften('first');
  failOften('second');
  for (let i = 2; i < AUTH_LIMITS.rememberedFailures; i++) table.add(`other ${i}`);
  expect(table.remainingMs('first')).toBeGreaterThan(0);
  table.add('one more');
  expect(table.remainingMs('first')).toBe(0);
  expect(table.remainingMs('second')).toBeGreaterThan(0);
});
