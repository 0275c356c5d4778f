import fc from 'fast-check';
import { expect, test } from 'vitest';
import { filesContract } from './files-contract.ts';
import { isEntry } from './is-entry.ts';
import { entry, type Entry } from './values.ts';

const GOOD: Readonly<Record<string, unknown>> = {
  name: 'boat.jpg',
  kind: 'file',
  id: '0123456789abcdef'.repeat(2),
  sizeBytes: 86_016,
  version: 1,
  mode: 0o644,
  modifiedMs: 1_232_832_896_000.5,
  committedMs: -1,
  owner: 'alice',
  copies: { wanted: 3, confirmed: 2 },
};

/** What a member may be, wrong or right, whatever member it is. */
const member = fc.oneof(
  fc.constantFrom<unknown>(
    undefined,
    null,
    '',
    'folder',
    'link',
    'toString',
    'ab'.repeat(16),
    'AB'.repeat(16),
    `${'ab'.repeat(16)}\n`,
    'a'.repeat(64),
    'a'.repeat(65),
    0,
    -0,
    -1,
    0o7777,
    0o10000,
    0.5,
    Number.MAX_SAFE_INTEGER,
    2 ** 53,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    10n,
    true,
    [],
    {},
    { wanted: 1, confirmed: 1 },
    { wanted: 1 },
    { wanted: -1, confirmed: 1 },
    { wanted: 1, confirmed: '1' },
  ),
  fc.anything(),
);

test('the quick check of an entry says what the schema says', () => {
  const same = (value: unknown): void => {
    expect(isEntry(value)).toBe(entry.safeParse(value).success);
  };
  same(GOOD);
  fc.assert(fc.property(fc.anything(), same));
  const names = fc.constantFrom(...Object.keys(GOOD), 'target', 'unknown');
  fc.assert(
    fc.property(names, member, (name, value) => same({ ...GOOD, [name]: value })),
    { numRuns: 5_000 },
  );
  for (const name of Object.keys(GOOD)) {
    const { [name]: _, ...rest } = GOOD;
    same(rest);
  }
});

test('a listing is taken as it is, and one with a wrong entry is refused with what is wrong where', () => {
  const { result } = filesContract.methods.list;
  const good = GOOD as unknown as Entry;
  const page = { entries: [good, { ...good, name: 'x' }], more: true };
  expect(result.parse(page)).toEqual(page);
  const { error } = result.safeParse({ entries: [good, { ...good, owner: 'A' }], more: true });
  expect(error?.issues).toMatchObject([
    {
      path: ['entries', 1, 'owner'],
      message: 'expected lower-case letters, digits, dot, hyphen, underscore',
    },
  ]);
});
