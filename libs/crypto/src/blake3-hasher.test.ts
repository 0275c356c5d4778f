import { fc, test } from '@fast-check/vitest';
import { fromHex, toHex, utf8 } from '@holdfast/kernel';
import { expect } from 'vitest';
import { blake3Hasher } from './blake3-hasher.ts';
import { nativeBlake3 } from './native-blake3.ts';
import { portableBlake3 } from './portable-blake3.ts';

const native = nativeBlake3();
const portable = await portableBlake3();

/** From the official test_vectors.json: input is 0, 1, … 250, 0, 1, … */
const VECTOR_KEY = utf8('whats the Elvish word for friend');
const VECTORS = [
  {
    length: 0,
    hash: 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262',
    keyed: '92b2b75604ed3c761f9d6f62392c8a9227ad0ea3f09573e783f1498a4ed60d26',
  },
  {
    length: 1,
    hash: '2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213',
    keyed: '6d7878dfff2f485635d39013278ae14f1454b8c0a3a2d34bc1ab38228a80c95b',
  },
  {
    length: 63,
    hash: 'e9bc37a594daad83be9470df7f7b3798297c3d834ce80ba85d6e207627b7db7b',
    keyed: 'bb1eb5d4afa793c1ebdd9fb08def6c36d10096986ae0cfe148cd101170ce37ae',
  },
  {
    length: 64,
    hash: '4eed7141ea4a5cd4b788606bd23f46e212af9cacebacdc7d1f4c6dc7f2511b98',
    keyed: 'ba8ced36f327700d213f120b1a207a3b8c04330528586f414d09f2f7d9ccb7e6',
  },
  {
    length: 65,
    hash: 'de1e5fa0be70df6d2be8fffd0e99ceaa8eb6e8c93a63f2d8d1c30ecb6b263dee',
    keyed: 'c0a4edefa2d2accb9277c371ac12fcdbb52988a86edc54f0716e1591b4326e72',
  },
  {
    length: 1023,
    hash: '10108970eeda3eb932baac1428c7a2163b0e924c9a9e25b35bba72b28f70bd11',
    keyed: 'c951ecdf03288d0fcc96ee3413563d8a6d3589547f2c2fb36d9786470f1b9d6e',
  },
  {
    length: 1024,
    hash: '42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7',
    keyed: '75c46f6f3d9eb4f55ecaaee480db732e6c2105546f1e675003687c31719c7ba4',
  },
  {
    length: 1025,
    hash: 'd00278ae47eb27b34faecf67b4fe263f82d5412916c1ffd97c8cb7fb814b8444',
    keyed: '357dc55de0c7e382c900fd6e320acc04146be01db6a8ce7210b7189bd664ea69',
  },
  {
    length: 2049,
    hash: '5f4d72f40d7a5f82b15ca2b2e44b1de3c2ef86c426c95c1af0b6879522563030',
    keyed: '9f29700902f7c86e514ddc4df1e3049f258b2472b6dd5267f61bf13983b78dd5',
  },
  {
    length: 8193,
    hash: 'bab6c09cb8ce8cf459261398d2e7aef35700bf488116ceb94a36d0f5f1b7bc3b',
    keyed: '954a2a75420c8d6547e3ba5b98d963e6fa6491addc8c023189cc519821b4a1f5',
  },
  {
    length: 31744,
    hash: '62b6960e1a44bcc1eb1a611a8d6235b6b4b78f32e7abc4fb4c6cdcce94895c47',
    keyed: 'efa53b389ab67c593dba624d898d0f7353ab99e4ac9d42302ee64cbf9939a419',
  },
  {
    length: 102400,
    hash: 'bc3e3d41a1146b069abffad3c0d44860cf664390afce4d9661f7902e7943e085',
    keyed: '1c35d1a5811083fd7119f5d5d1ba027b4d01c0c6c49fb6ff2cf75393ea5db4a7',
  },
];

function vectorInput(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => i % 251);
}

/** Cuts into parts with odd offsets into their memory, as they arrive in frames. */
function cut(bytes: Uint8Array, partBytes: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += partBytes)
    parts.push(bytes.subarray(at, at + partBytes));
  return parts;
}

test.each(VECTORS)('the official vector of $length bytes matches, plain and keyed', (vector) => {
  const input = vectorInput(vector.length);
  for (const parts of [[input], cut(input, 999)]) {
    expect(toHex(native?.hash(parts) ?? new Uint8Array())).toBe(vector.hash);
    expect(toHex(portable.hash(parts))).toBe(vector.hash);
    expect(toHex(native?.keyed(VECTOR_KEY, parts) ?? new Uint8Array())).toBe(vector.keyed);
  }
});

test.prop([fc.uint8Array({ maxLength: 5000 }), fc.integer({ min: 1, max: 700 })])(
  'how the input is cut into parts makes no difference',
  (input, partBytes) => {
    const whole = blake3Hasher.hash([input]);
    expect(blake3Hasher.hash(cut(input, partBytes))).toEqual(whole);
    expect(portable.hash(cut(input, partBytes))).toEqual(whole);
  },
);

test.prop([fc.nat(400_000), fc.integer({ min: 1000, max: 200_000 })], { numRuns: 30 })(
  'that holds for large input as well, which is hashed in steps',
  (length, partBytes) => {
    const input = vectorInput(length);
    const whole = blake3Hasher.hash([input]);
    expect(blake3Hasher.hash(cut(input, partBytes))).toEqual(whole);
  },
);

test('a key array that was overwritten gives the hash of its new content', () => {
  const key = Uint8Array.from(VECTOR_KEY);
  blake3Hasher.keyed(key, []);
  key.fill(1);
  const fresh = new Uint8Array(32).fill(1);
  expect(blake3Hasher.keyed(key, [])).toEqual(blake3Hasher.keyed(fresh, []));
});

test('a result is an array of its own that later calls leave alone', () => {
  for (const hasher of [blake3Hasher, portable]) {
    const first = hasher.hash([]);
    hasher.hash([utf8('other')]);
    expect(first).toEqual(fromHex(VECTORS[0]?.hash ?? ''));
  }
});

test('a key of the wrong length is a broken invariant, not a crash of the process', () => {
  expect(() => blake3Hasher.keyed(new Uint8Array(31), [])).toThrow('32 bytes');
});
