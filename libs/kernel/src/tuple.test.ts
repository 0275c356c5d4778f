import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { compareBytes, fromLatin1, latin1, toHex } from './bytes.ts';
import { decodeTuple, encodeTuple, prefixEnd, tupleText, type TupleElement } from './tuple.ts';

const element = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  fc.uint8Array(),
);
const tuple = fc.array<TupleElement>(element, { maxLength: 4 });

test.prop([tuple])('a tuple survives encoding', (elements) => {
  expect(decodeTuple(encodeTuple(...elements))).toEqual(elements);
});

test.prop([tuple])('the text of a key is its bytes, one character each', (elements) => {
  const text = tupleText(elements);
  expect(text).toBe(latin1(encodeTuple(...elements)));
  expect(fromLatin1(text)).toEqual(encodeTuple(...elements));
});

test.each([
  ['a table and names', [10, 'aa', 'é\u{1f30a}'], '030000000000000a0261610002c3a9f09f8c8a00'],
  ['zeros inside', ['a\0b', Uint8Array.of(0, 7, 0)], '026100ff62000100ff0700ff00'],
  [
    'numbers',
    [0, 255, 256, 2 ** 53 - 1],
    '0300000000000000' + '03000000000000ff' + '0300000000000100' + '031fffffffffffff',
  ],
] as const)('keys stand on disk as they always did: %s', (_, elements, hex) => {
  expect(toHex(encodeTuple(...elements))).toBe(hex);
});

test.prop([fc.nat(), fc.nat()])('keys of numbers sort as the numbers do', (a, b) => {
  expect(Math.sign(compareBytes(encodeTuple(a), encodeTuple(b)))).toBe(Math.sign(a - b));
});

test.prop([tuple, tuple])(
  'a longer key lies between its prefix and the end of the prefix',
  (head, rest) => {
    const prefix = encodeTuple(7, ...head);
    const key = encodeTuple(7, ...head, ...rest);
    expect(compareBytes(prefix, key)).toBeLessThanOrEqual(0);
    expect(compareBytes(key, prefixEnd(prefix))).toBeLessThan(0);
  },
);

test.each([-1, 0.5, 2 ** 53, Number.NaN])('%d is no number of a key', (value) => {
  expect(() => encodeTuple(value)).toThrow(RangeError);
});
