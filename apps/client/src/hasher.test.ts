import { fc, test as property } from '@fast-check/vitest';
import { blake3Hasher } from '@holdfast/crypto';
import { expect } from 'vitest';
import { chooseHasher, portableHasher } from './hasher.ts';

const bytes = fc.uint8Array({ maxLength: 5000 });

property.prop([bytes, bytes])('all hashers agree', async (a, b) => {
  for (const hasher of [await chooseHasher(), await portableHasher()]) {
    expect(hasher.hash([a, b])).toEqual(blake3Hasher.hash([a, b]));
    expect(hasher.hash([])).toEqual(blake3Hasher.hash([]));
  }
});
