import type { ChunkHash, DirectoryId, FileId, StoreId, TicketClaim } from '@holdfast/contracts';
import { expect, test } from 'vitest';
import { chunkTickets } from './chunk-tickets.ts';
import { clusterKeyProofs } from './cluster-key-proofs.ts';

const KEY = new Uint8Array(32).fill(7);
const tickets = chunkTickets(KEY);
const claim: TicketClaim = {
  directory: '11'.repeat(16) as DirectoryId,
  epoch: 3,
  store: '22'.repeat(16) as StoreId,
  nonce: '33'.repeat(16),
  file: '44'.repeat(16) as FileId,
  hash: '55'.repeat(32) as ChunkHash,
};
const others: Record<string, Partial<TicketClaim>> = {
  'another directory': { directory: '99'.repeat(16) as DirectoryId },
  'another epoch': { epoch: 4 },
  'another store': { store: '99'.repeat(16) as StoreId },
  'another nonce': { nonce: '99'.repeat(16) },
  'another file': { file: '99'.repeat(16) as FileId },
  'another chunk': { hash: '99'.repeat(32) as ChunkHash },
};

test('a ticket opens what it was made for', () => {
  expect(tickets.isProof(tickets.prove(claim), claim)).toBe(true);
});

test.for(Object.entries(others))('a ticket does not open %s', ([, other]) => {
  expect(tickets.isProof(tickets.prove(claim), { ...claim, ...other })).toBe(false);
});

test.for(['', 'zz'.repeat(32), '00'.repeat(32), '00'.repeat(31)])('%j is no ticket', (proof) => {
  expect(tickets.isProof(proof, claim)).toBe(false);
});

test('a ticket of another cluster opens nothing', () => {
  const foreign = chunkTickets(new Uint8Array(32).fill(8));
  expect(tickets.isProof(foreign.prove(claim), claim)).toBe(false);
});

test('a ticket is no proof of the cluster key', () => {
  const proofs = clusterKeyProofs(KEY, { bytes: (n) => new Uint8Array(n), fraction: () => 0 });
  const challenges = { asker: 'aa'.repeat(32), answerer: 'bb'.repeat(32) };
  const ofKey = { role: 'asker', part: 'server', name: 'server-1', challenges } as const;
  expect(proofs.isProof(tickets.prove(claim), ofKey)).toBe(false);
  expect(tickets.isProof(proofs.prove(ofKey), claim)).toBe(false);
});
