import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { compareBytes } from './bytes.ts';
import { decodeTuple, encodeTuple, prefixEnd, type TupleElement } from './tuple.ts';

const element = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.nat({ max: Number.MAX_SAFE_INTEGER }),
  fc.uint8Array(),
);
const tuple = fc.array<TupleElement>(element, { maxLength: 4 });

test.prop([tuple])('a tuple survives encoding', (elements) => {
  expect(decodeTuple(encodeTuple(...elements))).toEqual(elements);
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
