import { EMPTY_TAIL } from '@holdfast/contracts';
import { recordsAfter } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { ENGINE_LIMITS } from './limits.ts';
import { recentOrJournal } from './recent-or-journal.ts';
import { RecentRecords } from './recent-records.ts';
import { MemoryJournal } from './testing/memory-journal.ts';
import { plainHasher } from './testing/plain-hasher.ts';

test('the newest records come from memory, and those before from the journal', async () => {
  const records = recordsAfter(plainHasher, EMPTY_TAIL, 20, () => 10);
  const journal = new MemoryJournal(plainHasher, records.slice(0, 15));
  const recent = new RecentRecords(journal);
  await journal.append(records.slice(15));
  recent.push(records.slice(15));
  const reads: number[] = [];
  const read = journal.read.bind(journal);
  journal.read = async (from, maxBytes) => {
    reads.push(from);
    return await read(from, maxBytes);
  };
  const source = recentOrJournal(recent, journal);
  expect(await source.read(16, ENGINE_LIMITS.comparedReadBytes)).toEqual(records.slice(15));
  expect(reads).toEqual([]);
  const [before] = await source.read(15, ENGINE_LIMITS.comparedReadBytes);
  expect(before).toEqual(records[14]);
  expect(reads).toEqual([15]);
  expect([source.first, source.tail.number]).toEqual([1, 20]);
  expect(await source.hashOf(20)).toEqual(records[19]?.hash);
});
