import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { LIMITS_PAGE, limitsPage } from './limits-page.ts';
import { readAllFillings, readFillings } from './read-fillings.ts';
import { filesBelow, readAllLimits, readLimits } from './read-limits.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const limits = readAllLimits(root).flatMap((table) => table.limits);
const fillings = readAllFillings(root);

test('the page about limits says what the code says', () => {
  const page = readFileSync(join(root, LIMITS_PAGE), 'utf8');
  expect(page, `${LIMITS_PAGE} is stale: npm run limits`).toBe(limitsPage(root));
});

test('every bound is filled by a test', () => {
  const filled = new Set(fillings.map(({ limit }) => limit));
  const unfilled = limits.filter(({ name, tuning }) => !tuning && !filled.has(name));
  const advice =
    'write "// fills LIMITS.name" above the test that does, or mark what nothing can fill as @tuning';
  expect(
    unfilled.map(({ name }) => name),
    advice,
  ).toEqual([]);
});

test('every limit says what it bounds, and has a name of its own', () => {
  expect(limits.filter(({ reason }) => reason === '').map(({ name }) => name)).toEqual([]);
  expect(new Set(limits.map(({ name }) => name)).size).toBe(limits.length);
});

test('every limit is kept by something', () => {
  const isSource = (file: string): boolean =>
    file.endsWith('.ts') && !/(\/testing\/|\.test\.ts$|\/limits\.ts$)/.test(file);
  const sources = filesBelow(root, ['libs', 'apps'], isSource);
  const words = new Set(
    sources.flatMap((file) => readFileSync(join(root, file), 'utf8').match(/\w+/g)),
  );
  const idle = limits.filter(({ name }) => !words.has(name.slice(name.lastIndexOf('.') + 1)));
  expect(idle.map(({ name }) => name)).toEqual([]);
});

test('what tests say that they fill is there, and so are the tests', () => {
  const names = new Set(limits.map(({ name }) => name));
  const unknown = fillings.filter(({ limit, test }) => !names.has(limit) || test === undefined);
  expect(unknown).toEqual([]);
});

test('limits are read with their values, comments and groups', () => {
  const [table] = readLimits(
    'limits.ts',
    `const KIB = 1024;
     interface Rule {
       /** How much. */
       readonly most: number;
     }
     export const RULES: Rule & object = {
       /**
        * @tuning Said over
        * two lines.
        */
       everyMs: 5_000,
       // The next one is described where it is declared.
       most: 2 * KIB,
       /** Of anna: */
       anna: {
         most: 1 / 4,
       },
     } as const;`,
  );
  expect(table?.limits).toEqual([
    { name: 'RULES.everyMs', value: 5_000, reason: 'Said over two lines.', tuning: true },
    { name: 'RULES.most', value: 2_048, reason: 'How much.', tuning: false },
    { name: 'RULES.anna.most', value: 0.25, reason: 'Of anna: How much.', tuning: false },
  ]);
  expect(() => readLimits('limits.ts', 'export const A = { b: f() };')).toThrow('f()');
});

test('a comment names limits for the test right below it, and for nothing else', () => {
  const source = `
// fills A.b, A.c
test.for([(1)] as const)('%s is "refused"', f);
describe('a queue', () => {
  // fills A.d
  // It takes long.
  test("isn't endless", f);
  // fills A.e
  const x = 1;
  test('is left alone', f);
  // fills A.f
  test.skip('is left out', f);
});`;
  expect(readFillings('x.test.ts', source).map(({ limit, test }) => [limit, test])).toEqual([
    ['A.b', '%s is "refused"'],
    ['A.c', '%s is "refused"'],
    ['A.d', "a queue isn't endless"],
    ['A.e', undefined],
    ['A.f', undefined],
  ]);
});
