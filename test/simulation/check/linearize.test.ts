import { expect, test } from 'vitest';
import { linearize } from './linearize.ts';
import { Namespace } from './namespace.ts';
import type { Operation, Outcome, Performed } from './operation.ts';

const PATH = '/f/a';
const begin = new Namespace(new Map([['/f', 'folder']]));

const write = (content: string): Operation => ({
  kind: 'write',
  path: PATH,
  content,
  sizeBytes: 1,
});
const read: Operation = { kind: 'read', path: PATH };
const remove: Operation = { kind: 'remove', path: PATH };
const done = (answer: object): Outcome => ({ kind: 'done', answer });
const sees = (version: number, content: string): Outcome =>
  done({ version, content, sizeBytes: 1 });
const missing: Outcome = { kind: 'refused', code: 'not-found' };
const unknown: Outcome = { kind: 'unknown' };

/** Operations with their intervals. */
function verdictOf(...rows: [begun: number, ended: number, Operation, Outcome][]): string {
  const operations = rows.map(([begun, ended, operation, outcome], i): Performed => ({
    ...{ id: `client.${i}`, operation, outcome, begun, begunMs: 0, endedMs: 0 },
    ended: outcome.kind === 'unknown' ? Infinity : ended,
  }));
  return linearize(operations, { begin, mayRefuse: () => false }).kind;
}

test('a read after an acknowledged write that does not see it is a violation', () => {
  const first = [0, 1, write('x'), done({ version: 1 })] as const;
  expect(verdictOf([...first], [2, 3, read, sees(1, 'x')])).toBe('linearizable');
  expect(verdictOf([...first], [2, 3, read, missing])).toBe('violated');
  expect(verdictOf([...first], [0, 3, read, missing])).toBe('linearizable');
});

test('two writes at once may stand in either order, but only in one', () => {
  const both = [
    [0, 9, write('x'), done({ version: 2 })],
    [0, 9, write('y'), done({ version: 1 })],
  ] as [number, number, Operation, Outcome][];
  expect(verdictOf(...both, [10, 11, read, sees(2, 'x')])).toBe('linearizable');
  expect(verdictOf(...both, [10, 11, read, sees(2, 'y')])).toBe('violated');
});

test('a write whose answer was lost may have happened, happen later, or not, but not twice', () => {
  const lost = [0, 0, write('x'), unknown] as [number, number, Operation, Outcome];
  expect(verdictOf(lost, [2, 3, read, missing], [4, 5, read, sees(1, 'x')])).toBe('linearizable');
  expect(verdictOf(lost, [2, 3, read, missing])).toBe('linearizable');
  expect(verdictOf(lost, [2, 3, read, sees(1, 'x')], [4, 5, read, missing])).toBe('violated');
  expect(verdictOf(lost, [2, 3, read, sees(2, 'x')])).toBe('violated');
});

test('what was deleted does not come back', () => {
  const history = [
    [0, 1, write('x'), done({ version: 1 })],
    [2, 3, remove, done({ trashId: 't' })],
  ] as [number, number, Operation, Outcome][];
  expect(verdictOf(...history, [4, 5, read, missing])).toBe('linearizable');
  expect(verdictOf(...history, [4, 5, read, sees(1, 'x')])).toBe('violated');
});

test('what is restored is the next version, with the older content', () => {
  const history = [
    [0, 1, write('x'), done({ version: 1 })],
    [2, 3, write('y'), done({ version: 2 })],
    [4, 5, { kind: 'restore', path: PATH, version: 1 }, done({ version: 3, sizeBytes: 1 })],
  ] as [number, number, Operation, Outcome][];
  expect(verdictOf(...history, [6, 7, read, sees(3, 'x')])).toBe('linearizable');
  expect(verdictOf(...history, [6, 7, read, sees(3, 'y')])).toBe('violated');
  const older: Operation = { kind: 'read', path: PATH, version: 2 };
  expect(verdictOf(...history, [6, 7, older, sees(2, 'y')])).toBe('linearizable');
  expect(verdictOf(...history, [6, 7, older, sees(2, 'x')])).toBe('violated');
});

test('what was removed from the trash cannot be brought back', () => {
  const item = { id: 't', path: PATH, deletedMs: 0 };
  const history = [
    [0, 1, write('x'), done({ version: 1 })],
    [2, 3, remove, done({ trashId: 't' })],
    [4, 5, { kind: 'removeFromTrash', ...item }, done({})],
  ] as [number, number, Operation, Outcome][];
  const undelete: Operation = { kind: 'undelete', ...item };
  expect(verdictOf(...history, [6, 7, undelete, missing])).toBe('linearizable');
  expect(verdictOf(...history, [6, 7, undelete, done({ version: 1 })])).toBe('violated');
});

test('what was in the trash when all of it was emptied cannot be brought back, what came later can', () => {
  const item = { id: 't', path: PATH, deletedMs: 0 };
  const undelete: Operation = { kind: 'undelete', ...item };
  const history = [
    [0, 1, write('x'), done({ version: 1 })],
    [2, 3, remove, done({ trashId: 't' })],
  ] as [number, number, Operation, Outcome][];
  const empty = (begun: number, outcome: Outcome): [number, number, Operation, Outcome] => [
    ...([begun, 5] as const),
    { kind: 'emptyTrash' },
    outcome,
  ];
  const back = [6, 7, undelete, done({ version: 1 })] as const;
  expect(verdictOf(...history, empty(4, done({})), [...back])).toBe('violated');
  expect(verdictOf(...history, empty(4, done({})), [6, 7, undelete, missing])).toBe('linearizable');
  expect(verdictOf(...history, empty(0, done({})), [...back])).toBe('linearizable');
  expect(verdictOf(...history, empty(4, unknown), [...back])).toBe('linearizable');
});

test('a range must be that of the content which is there', () => {
  const history = [[0, 1, write('x'), done({ version: 1 })]] as [
    number,
    number,
    Operation,
    Outcome,
  ][];
  const range: Operation = { kind: 'read', path: PATH, range: { start: 0, end: 1 } };
  const fitting = (fits: string[]): Outcome => done({ version: 1, sizeBytes: 1, fits });
  expect(verdictOf(...history, [2, 3, range, fitting(['w', 'x'])])).toBe('linearizable');
  expect(verdictOf(...history, [2, 3, range, fitting(['w'])])).toBe('violated');
  expect(verdictOf(...history, [2, 3, range, fitting([])])).toBe('violated');
});
