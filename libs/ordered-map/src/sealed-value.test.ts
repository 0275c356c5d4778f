import { fc, test } from '@fast-check/vitest';
import { utf8 } from '@holdfast/kernel';
import { expect } from 'vitest';
import { openValue, sealValue } from './sealed-value.ts';

const KEY = utf8('key');

test.prop([fc.uint8Array(), fc.nat(), fc.nat({ max: 7 })])(
  'one flipped bit anywhere, or another key, is damage',
  (value, seed, bit) => {
    const sealed = sealValue(KEY, value);
    expect(openValue(KEY, sealed)).toEqual(value);
    expect(() => openValue(utf8('kez'), sealed)).toThrow(
      expect.objectContaining({ code: 'damaged' }),
    );
    const at = 1 + (seed % (sealed.length - 1));
    sealed[at] = (sealed[at] ?? 0) ^ (1 << bit);
    expect(() => openValue(KEY, sealed)).toThrow(expect.objectContaining({ code: 'damaged' }));
  },
);

test('a value of a newer format is refused with both numbers', () => {
  const sealed = sealValue(KEY, utf8('value'));
  sealed[0] = 2;
  expect(() => openValue(KEY, sealed)).toThrow(/format 2.*format 1/);
});
