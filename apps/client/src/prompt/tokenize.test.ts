import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { operandOf } from '../operands/operand.ts';
import { quoteWord, splitLine, tokenize } from './tokenize.ts';

const words = (line: string): string[] => tokenize(line).map((word) => operandOf(word).text);

test.for([
  ['ls  -l a', ['ls', '-l', 'a']],
  ['put \'a b\' "c d" e\\ f', ['put', 'a b', 'c d', 'e f']],
  ['a"b c"\'d e\'f', ['ab cd ef']],
  ["''", ['']],
  ['"a \\" \\\\ \\n"', ['a " \\ \\n']],
  ["'\\'", ['\\']],
  ['   ', []],
  ["# don't | do this", []],
  ['rm a#b \\#c # and no more', ['rm', 'a#b', '#c']],
] as const)('%j is split as a shell splits it', ([line, expected]) => {
  expect(words(line)).toEqual(expected);
});

test('an open quote is an error that names it', () => {
  expect(() => tokenize("put 'a b")).toThrow("The quote ' is not closed");
});

test('what only a shell does is an error that says so, unless it is quoted', () => {
  expect(() => tokenize('cat a | head')).toThrow('This prompt has no | as a shell has');
  expect(() => tokenize('cat a > b')).toThrow("write '>' if it is a name");
  expect(words("cat '|' \\> a|b")).toEqual(['cat', '|', '>', 'a|b']);
});

test('a backslash at the end is an error', () => {
  expect(() => tokenize('cat a\\')).toThrow('ends with a backslash');
});

test('only what stands outside quotes is a pattern', () => {
  const pattern = (line: string): string | undefined => operandOf(tokenize(line)[0] ?? '').pattern;
  expect(pattern('*.txt')).toBe('*.txt');
  expect(pattern("'*'.txt")).toBeUndefined();
  expect(pattern('\\*.txt')).toBeUndefined();
  expect(pattern("'[a]'*")).toBe('\\[a\\]*');
});

property.prop([fc.string({ unit: 'grapheme' })])('a quoted word means itself', (text) => {
  fc.pre(text !== '' && !text.startsWith('\0'));
  expect(words(quoteWord(text))).toEqual([text]);
  expect(words(`'${quoteWord(text, "'")}'`)).toEqual([text]);
  expect(words(`"${quoteWord(text, '"')}"`)).toEqual([text]);
});

test('the last word of an unfinished line knows where it begins', () => {
  expect(splitLine("get 'my fi").last).toEqual({ start: 4, text: 'my fi', quote: "'" });
  expect(splitLine('get ').last).toEqual({ start: 4, text: '', quote: '' });
});
