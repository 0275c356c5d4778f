import { expect, test } from 'vitest';
import { relevantLines } from './relevant-lines.ts';

const lines = ['server-1 starts', 'client-1 read /shared/red/a', 'client-2 read /shared/blue/a'];

test('what was done in folders that are not in question is left out', () => {
  expect(relevantLines(lines, ['No order of the operations on /shared/red'])).toEqual(
    lines.slice(0, 2),
  );
});

test('a violation that is about no folder leaves all lines', () => {
  expect(relevantLines(lines, ['The cluster was not whole'])).toEqual(lines);
});
