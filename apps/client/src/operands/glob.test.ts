import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { CLIENT_LIMITS } from '../limits.ts';
import { expandGlob, segmentMatcher, type ListFolder } from './glob.ts';

const TREE: Readonly<Record<string, readonly string[]>> = {
  '/home': ['a.txt', 'b.txt', '.hidden', 'sub/', 'x[1]'],
  '/links': ['round@'],
  '/links/round': ['round@', 'a.txt'],
  '/home/sub': ['c.txt', 'deep/'],
  '/home/sub/deep': ['d.txt'],
};

const list: ListFolder = (folder) =>
  Promise.resolve(
    TREE[folder]?.map((name) => ({
      name: name.replace(/[/@]/, ''),
      folder: /[/@]$/.test(name),
      link: name.endsWith('@'),
    })),
  );

test.for([
  ['*.txt', ['/home/a.txt', '/home/b.txt']],
  ['[!a].txt', ['/home/b.txt']],
  ['[a-b].t?t', ['/home/a.txt', '/home/b.txt']],
  ['*/*.txt', ['/home/sub/c.txt']],
  ['**/*.txt', ['/home/a.txt', '/home/b.txt', '/home/sub/c.txt', '/home/sub/deep/d.txt']],
  ['.*', ['/home/.hidden']],
  ['x\\[*', ['/home/x[1]']],
  ['/home/s*', ['/home/sub']],
  ['*.pdf', []],
  ['/links/*/*.txt', ['/links/round/a.txt']],
  ['/links/**/*.txt', []],
] as const)('%s stands for %j', async ([pattern, expected]) => {
  expect(await expandGlob(pattern, '/home', list)).toEqual(expected);
});

// fills CLIENT_LIMITS.globMatches, CLIENT_LIMITS.globFolders
test.for([
  ['too many names', '*', CLIENT_LIMITS.globMatches],
  ['too many folders', '*/*', CLIENT_LIMITS.globFolders],
  ['too many folders at any depth', '**/*', CLIENT_LIMITS.globFolders],
] as const)('a pattern that stands for %s is refused', async ([, pattern, most]) => {
  const listOf =
    (count: number): ListFolder =>
    (folder) =>
      Promise.resolve(
        folder === '/many'
          ? Array.from({ length: count }, (_, i) => ({ name: `${i}`, folder: true, link: false }))
          : [],
      );
  await expandGlob(pattern, '/many', listOf(most - 2));
  await expect(expandGlob(pattern, '/many', listOf(most + 1))).rejects.toMatchObject({
    code: 'limit-exceeded',
  });
});

property.prop([fc.string({ unit: 'grapheme' }), fc.string({ unit: 'grapheme' })])(
  'no pattern is too strange to be matched',
  (pattern, name) => {
    expect(typeof segmentMatcher(pattern)(name)).toBe('boolean');
  },
);
