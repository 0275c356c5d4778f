import { expect, test } from 'vitest';
import type { Operation, Outcome, Performed } from '../check/operation.ts';
import type { SimulationResult } from '../simulate.ts';
import type { LineKind, TranscriptLine } from '../transcript.ts';
import { storyOf } from './story.ts';

function resultOf(
  violations: readonly string[],
  performed: readonly Performed[],
  lines: readonly TranscriptLine[],
): SimulationResult {
  return {
    ...{ seed: 1, moods: [], planned: 0, faults: new Map(), virtualMs: 1, undecided: 0, hash: '' },
    ...{ operations: performed.length, violations, performed, lines },
  };
}

const line = (atMs: number, kind: LineKind, text: string): TranscriptLine => ({ atMs, kind, text });
const done: Outcome = { kind: 'done', answer: { version: 2 } };

function performed(
  id: string,
  [begunMs, endedMs]: readonly [number, number],
  path: string,
  outcome: Outcome = done,
): Performed {
  const operation: Operation = { kind: 'stat', path };
  return { id, operation, outcome, begunMs, endedMs, begun: 0, ended: 0 };
}

test('faults, operations in question, reports and what is wrong are told in order', () => {
  const story = storyOf(
    resultOf(
      [
        'No order of the operations on /shared/red.\n  Not next: client-3.1 stat\n    at stage.ts:1',
      ],
      [
        performed('client-2.1', [1_000, 2_500], '/shared/red/a'),
        performed('client-2.2', [1_100, 1_200], '/shared/blue/a'),
        performed('client-3.1', [3_000, 3_100], '/shared/red/b', {
          ...{ kind: 'refused', code: 'not-found' },
        }),
        performed('client-4.1', [9_000, 9_100], '/shared/red/b'),
      ],
      [
        line(500, 'report', 'frontend waits'),
        line(1_500, 'operation', 'client-2.1 stat'),
        line(2_000, 'event', 'server-1 loses power'),
        line(2_100, 'report', 'frontend lacks change 7\nand a stack'),
        line(2_200, 'report', 'frontend lacks change 8\nand a stack'),
        line(2_300, 'state', 'frontend sees server-1 gone'),
        line(8_000, 'event', 'server-2 loses power'),
      ],
    ),
  );
  expect(story).toEqual([
    '    1.000 client-2.1 stat /shared/red/a = version 2 (until 2.500)',
    '    2.000 server-1 loses power',
    '    2.100 (2 times) frontend lacks change 7',
    '    3.000 client-3.1 stat /shared/red/b ! not-found',
    'VIOLATED: No order of the operations on /shared/red.',
    '  Not next: client-3.1 stat',
  ]);
});

test('it fits on a page: what parts said goes first, then operations that no violation names', () => {
  const many = Array.from({ length: 100 }, (_, i) => i);
  const story = storyOf(
    resultOf(
      many.map((i) => `server-${i} lacks a chunk${'.'.repeat(1_000)}`),
      many.map((i) => performed(`client-2.${i}`, [i, i], '/shared/red/a')),
      [
        line(50, 'event', 'server-1 loses power'),
        ...many.map((i) => line(i, 'report', `frontend says ${'x'.repeat(i)}`)),
      ],
    ),
  );
  expect(story.length).toBeLessThan(40);
  expect(Math.max(...story.map(({ length }) => length))).toBeLessThan(450);
  expect(story[0]).toContain('server-1 loses power');
  expect(story.join()).not.toContain('frontend says');
  expect(story.join()).toContain('client-2.99');
});
