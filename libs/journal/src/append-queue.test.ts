import { EMPTY_TAIL } from '@holdfast/contracts';
import { blake3Hasher } from '@holdfast/crypto';
import { recordsAfter } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { AppendQueue } from './append-queue.ts';
import { JOURNAL_LIMITS } from './limits.ts';

// fills JOURNAL_LIMITS.queuedBytes
test('records that wait for the disk are bounded, and are taken again once some are written', async () => {
  const { queuedBytes, batchBytes } = JOURNAL_LIMITS;
  const payloadBytes = 4_000_000;
  const fit = Math.floor(queuedBytes / payloadBytes);
  const records = recordsAfter(blake3Hasher, EMPTY_TAIL, fit + 1, () => payloadBytes);
  const queue = new AppendQueue(blake3Hasher, EMPTY_TAIL, 2 * batchBytes);
  const add = (at: number): Promise<void> => queue.addRecords(records.slice(at, at + 1), false);
  for (let at = 0; at < fit; at++) void add(at);
  expect(() => add(fit)).toThrow(/Too many records wait/);
  queue.take();
  expect(() => void add(fit)).not.toThrow();
});

// fills JOURNAL_LIMITS.batchBytes
test('one write serves no more records than its bytes allow, but always one', () => {
  const { batchBytes } = JOURNAL_LIMITS;
  const sizes = [0.4, 0.4, 0.4, 1.5, 0.1].map((share) => Math.floor(share * batchBytes));
  const records = recordsAfter(blake3Hasher, EMPTY_TAIL, sizes.length, (i) => sizes[i] ?? 0);
  const queue = new AppendQueue(blake3Hasher, EMPTY_TAIL, 2 * batchBytes);
  for (const record of records) void queue.addRecords([record], false);
  const batches: number[] = [];
  while (!queue.empty) {
    const taken = queue.take();
    if (Array.isArray(taken)) batches.push(taken.length);
  }
  expect(batches).toEqual([2, 1, 1, 1]);
});
