import { fc, test } from '@fast-check/vitest';
import { expect } from 'vitest';
import { fromHex, fromLatin1, fromUtf8, latin1, toHex, utf8 } from './bytes.ts';

test.prop([fc.uint8Array({ maxLength: 300 })])('bytes survive as text', (bytes) => {
  expect(fromHex(toHex(bytes))).toEqual(bytes);
  expect(fromLatin1(latin1(bytes))).toEqual(bytes);
});

test.prop([fc.string({ unit: 'grapheme', maxLength: 200 })])('text survives as bytes', (text) => {
  expect(fromUtf8(utf8(text))).toBe(text);
});

test('hexadecimal has two lower-case digits a byte', () => {
  expect(toHex(Uint8Array.of(0, 9, 10, 0xaf, 0xff))).toBe('00090aafff');
});
