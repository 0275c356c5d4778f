import { blake3Hasher } from '@holdfast/crypto';
import { toHex, utf8 } from '@holdfast/kernel';
import { expect, test } from 'vitest';
import { SmallContents } from './small-contents.ts';

const LIMITS = { keptContentsBytes: 100, keptContentBytes: 20 };
const hashOf = (content: Uint8Array): string => toHex(blake3Hasher.hash([content]));

function kept(...texts: string[]): SmallContents {
  const contents = new SmallContents(blake3Hasher, LIMITS);
  for (const text of texts) contents.keepIfRight(hashOf(utf8(text)), [utf8(text)]);
  return contents;
}

test('what was kept is found by its hash, as a copy', () => {
  const content = utf8('content');
  const contents = new SmallContents(blake3Hasher, LIMITS);
  contents.keep(hashOf(content), [content.subarray(0, 3), content.subarray(3)]);
  const hash = hashOf(content);
  content.fill(0);
  expect(contents.get(hash)).toEqual(utf8('content'));
});

test('wrong bytes are not kept', () => {
  const contents = kept();
  contents.keepIfRight(hashOf(utf8('right')), [utf8('wrong')]);
  expect(contents.get(hashOf(utf8('right')))).toBeUndefined();
});

// fills REPLICATION_LIMITS.keptContentBytes
test('larger contents are not kept', () => {
  const large = 'x'.repeat(LIMITS.keptContentBytes + 1);
  expect(kept(large).get(hashOf(utf8(large)))).toBeUndefined();
  const most = large.slice(1);
  expect(kept(most).get(hashOf(utf8(most)))).toEqual(utf8(most));
});

// fills REPLICATION_LIMITS.keptContentsBytes
test('what is read often stays, and all together have a bound', () => {
  const texts = Array.from({ length: 40 }, (_, i) => `content ${i}`.padEnd(10));
  const contents = kept('often');
  const often = hashOf(utf8('often'));
  for (const text of texts) {
    contents.keepIfRight(hashOf(utf8(text)), [utf8(text)]);
    expect(contents.get(often)).toEqual(utf8('often'));
  }
  const found = texts.map((text) => contents.get(hashOf(utf8(text)))).filter(Boolean);
  expect(found.length * 10).toBeLessThanOrEqual(LIMITS.keptContentsBytes);
  expect(found.length).toBeGreaterThan(0);
});
