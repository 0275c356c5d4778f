import { isHoldfastError } from '@holdfast/contracts';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isWithin, parsePath } from './path.ts';

// fills DATA_LIMITS.nameBytes, DATA_LIMITS.pathBytes, DATA_LIMITS.pathDepth
test.each([
  ['relative', 'a/b', 'not absolute'],
  ['empty', '', 'not absolute'],
  ['with an empty name', '/a//b', 'empty name'],
  ['that ends with a slash', '/a/', 'empty name'],
  ['with a dot', '/a/./b', 'the name .'],
  ['with two dots', '/a/../b', 'the name ..'],
  ['with a NUL', '/a\0', 'NUL'],
  ['with half of a character', '/a\ud800b', 'not valid Unicode'],
  ['with a name over 255 bytes', `/${'é'.repeat(128)}`, 'longer than 255 bytes'],
  ['over 4096 bytes', `/${'a/'.repeat(2100)}b`, 'longer than 4096 bytes'],
  ['over 128 names', `/${'a/'.repeat(128)}b`, 'more than 128 names'],
])('a path %s is refused', (_, path, problem) => {
  try {
    parsePath(path);
    expect.fail('it was taken');
  } catch (error) {
    if (!isHoldfastError(error, 'invalid-argument')) throw error;
    expect(error.message).toContain(problem);
    expect(error.message.length).toBeLessThan(300);
  }
});

test('two forms of the same accented letter are the same name, and 255 bytes are not too many', () => {
  expect(parsePath('/e\u0301').names).toEqual(['\u00e9']);
  expect(parsePath(`/${'é'.repeat(127)}a`).names[0]).toHaveLength(128);
  // Decomposed this name has 381 bytes, and composed 254.
  expect(parsePath(`/${'e\u0301'.repeat(127)}`).names[0]).toHaveLength(127);
});

test('a path that was taken is taken again as it is shown', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      let path;
      try {
        path = parsePath(`/${text}`);
      } catch {
        return;
      }
      expect(parsePath(path.text)).toEqual(path);
    }),
  );
});

test('a sibling whose name begins alike is not within a folder', () => {
  expect(isWithin(parsePath('/a/b/c'), parsePath('/a/b'))).toBe(true);
  expect(isWithin(parsePath('/a/bc'), parsePath('/a/b'))).toBe(false);
});
