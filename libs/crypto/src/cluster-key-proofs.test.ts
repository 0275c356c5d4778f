import { fc, test } from '@fast-check/vitest';
import type { KeyClaim } from '@holdfast/contracts';
import { fromHex, toHex, utf8 } from '@holdfast/kernel';
import { expect } from 'vitest';
import { clusterKeyProofs } from './cluster-key-proofs.ts';
import { hmacSha256 } from './hmac-sha256.ts';

let drawn = 0;
const random = {
  bytes: (length: number) => new Uint8Array(length).fill(drawn++),
  fraction: () => 0,
};
const proofs = clusterKeyProofs(new Uint8Array(32).fill(7), random);
const claim: KeyClaim = {
  role: 'asker',
  part: 'server',
  name: 'server-1',
  challenges: { asker: 'aa'.repeat(32), answerer: 'bb'.repeat(32) },
};

const others: Record<string, KeyClaim> = {
  'the other role': { ...claim, role: 'answerer' },
  'another part': { ...claim, part: 'admin' },
  'another name': { ...claim, name: 'server-2' },
  'a fresh challenge of the asker': {
    ...claim,
    challenges: { ...claim.challenges, asker: 'cc'.repeat(32) },
  },
  'a fresh challenge of the answerer': {
    ...claim,
    challenges: { ...claim.challenges, answerer: 'cc'.repeat(32) },
  },
  'swapped challenges': {
    ...claim,
    challenges: { asker: claim.challenges.answerer, answerer: claim.challenges.asker },
  },
};

test.each(Object.entries(others))('a proof does not fit %s', (_what, other) => {
  const proof = proofs.prove(claim);
  expect(proofs.isProof(proof, claim)).toBe(true);
  expect(proofs.isProof(proof, other)).toBe(false);
});

test('a proof does not fit another key, and every challenge is fresh', () => {
  const strangers = clusterKeyProofs(new Uint8Array(32).fill(8), random);
  expect(strangers.isProof(proofs.prove(claim), claim)).toBe(false);
  expect(proofs.challenge()).not.toBe(proofs.challenge());
});

test.prop([fc.string()])('text that is no proof is refused without an error', (text) => {
  expect(proofs.isProof(text, claim)).toBe(false);
});

test('HMAC-SHA-256 matches RFC 4231, test case 2, however the data is cut', () => {
  const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
  expect(toHex(hmacSha256(utf8('Jefe'), [utf8('what do ya want '), utf8('for nothing?')]))).toBe(
    expected,
  );
  expect(toHex(hmacSha256(fromHex('4a656665'), [utf8('what do ya want for nothing?')]))).toBe(
    expected,
  );
});
