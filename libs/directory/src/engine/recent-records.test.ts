import { DATA_LIMITS, EMPTY_TAIL, type JournalRecord, recordBytes } from '@holdfast/contracts';
import { recordsAfter } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { ENGINE_LIMITS } from './limits.ts';
import { RecentRecords } from './recent-records.ts';
import { MemoryJournal } from './testing/memory-journal.ts';
import { plainHasher } from './testing/plain-hasher.ts';

const KIB = 1024;

/** Records of so many bytes each, in a journal that says how often it was read. */
async function scene(count: number, payloadBytes: number) {
  // What is in them does not matter, and to hash all of it takes long.
  const records: JournalRecord[] = recordsAfter(plainHasher, EMPTY_TAIL, count, () => 0).map(
    (record) => ({ ...record, payload: new Uint8Array(payloadBytes) }),
  );
  const journal = new MemoryJournal(plainHasher, records);
  const read = journal.read.bind(journal);
  const reads: number[] = [];
  journal.read = async (from, maxBytes) => {
    reads.push(from);
    return await read(from, maxBytes);
  };
  return { records, reads, recent: new RecentRecords(journal) };
}

// fills ENGINE_LIMITS.recentRecordBytes
test('no more bytes of records are kept in memory than the limit says, and older ones are read', async () => {
  const { records, reads, recent } = await scene(20, 1000 * KIB);
  recent.push(records);
  const [first] = records;
  const fit = Math.floor(ENGINE_LIMITS.recentRecordBytes / (first ? recordBytes(first) : 1));
  expect((await recent.take(records.length - fit + 1))[0]?.number).toBe(records.length - fit + 1);
  expect(reads).toEqual([]);
  expect((await recent.take(records.length - fit))[0]?.number).toBe(records.length - fit);
  expect(reads).toEqual([records.length - fit]);
});

// fills DATA_LIMITS.journalBatchRecords, DATA_LIMITS.journalBatchBytes
test.for([
  ['records', DATA_LIMITS.journalBatchRecords + 1, 10, DATA_LIMITS.journalBatchRecords],
  ['bytes', 5, 1500 * KIB, 2],
] as const)(
  'a message to a store has no more %s than the limit says, from memory or from disk',
  async ([, count, payloadBytes, fit]) => {
    const { records, recent } = await scene(count, payloadBytes);
    expect((await recent.take(1)).length, 'from disk').toBe(fit);
    recent.push(records);
    expect((await recent.take(1)).length, 'from memory').toBe(fit);
    expect((await recent.take(fit + 1))[0]?.number, 'the next one').toBe(fit + 1);
  },
);
