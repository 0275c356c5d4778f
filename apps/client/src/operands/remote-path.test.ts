import { expect, test } from 'vitest';
import { remotePath } from './remote-path.ts';

const place = { folder: '/home/ann/work', home: '/home/ann' };

test.for([
  ['a', '/home/ann/work/a'],
  ['../b/./c/', '/home/ann/b/c'],
  ['/x//y', '/x/y'],
  ['/../..', '/'],
  ['~', '/home/ann'],
  ['~/d', '/home/ann/d'],
  ['.', '/home/ann/work'],
] as const)('%s is %s', ([text, path]) => {
  expect(remotePath(text, place)).toBe(path);
});

test.for([
  ['', 'empty'],
  ['a\0b', 'NUL'],
  ['ä'.repeat(128), 'has 256 bytes'],
  [`${'a/'.repeat(2100)}a`, 'longer than'],
  ['\ud800', 'UTF-8'],
] as const)('%j is refused with the reason', ([text, reason]) => {
  expect(() => remotePath(text, place)).toThrow(reason);
});
