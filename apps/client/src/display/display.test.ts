import { fc, test as property } from '@fast-check/vitest';
import { expect, test } from 'vitest';
import { safeText } from './safe-text.ts';
import { formatSize } from './size.ts';
import { formatColumns } from './table.ts';
import { textWidth, truncate } from './text-width.ts';
import { formatDuration } from './time.ts';

test.for([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [1_200_000_000, '1.2 GB'],
  [999_960, '1.0 MB'],
  [123_456_789, '123 MB'],
] as const)('%i bytes are shown as %s', ([bytes, text]) => {
  expect(formatSize(bytes)).toBe(text);
});

test.for([
  [4.4, '4 s'],
  [185, '3:05'],
  [3723, '1:02:03'],
  [500_000, '6 days'],
] as const)('%d seconds are shown as %s', ([seconds, text]) => {
  expect(formatDuration(seconds)).toBe(text);
});

test('a name cannot move the cursor', () => {
  expect(safeText('a\u001b[2Jb\r\n')).toBe('a\\u001b[2Jb\\u000d\\n');
});

property.prop([
  fc.array(fc.string({ unit: 'grapheme', maxLength: 30 })),
  fc.integer({ min: 20, max: 200 }),
])('columns hold every name and are no wider than asked for, if one name fits', (names, width) => {
  const clean = names.map(safeText).filter((name) => name.trim() === name && name !== '');
  const lines = formatColumns(clean, width).split('\n');
  const widest = Math.max(0, ...clean.map(textWidth));
  for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(Math.max(width, widest));
  for (const name of clean) expect(lines.some((line) => line.includes(name))).toBe(true);
});

property.prop([fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 })])(
  'a cut text fits',
  (text, width) => {
    expect(textWidth(truncate(text, width))).toBeLessThanOrEqual(width);
  },
);
