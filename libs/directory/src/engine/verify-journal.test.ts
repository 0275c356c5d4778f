import { type JournalRecord, nextRecord, tailOf } from '@holdfast/contracts';
import { expect, test } from 'vitest';
import { ENGINE_LIMITS } from './limits.ts';
import { MemoryJournal } from './testing/memory-journal.ts';
import { plainHasher } from './testing/plain-hasher.ts';
import { verifyJournal } from './verify-journal.ts';

const RECORDS = 20;

async function written(): Promise<MemoryJournal> {
  const journal = new MemoryJournal(plainHasher);
  for (let i = 0; i < RECORDS; i++) {
    const payload = new Uint8Array(ENGINE_LIMITS.readBytes / 4).fill(i);
    await journal.append([nextRecord(plainHasher, journal.tail, 1, payload)]);
  }
  return journal;
}

test('a journal that is whole is found so, also if its beginning is given up meanwhile', async () => {
  const journal = await written();
  let reads = 0;
  const onRead = async (): Promise<void> => {
    if (++reads === 2) await journal.truncate(RECORDS - 2);
  };
  expect(await verifyJournal(journal, plainHasher, onRead)).toBeUndefined();
  expect(reads).toBe(3);
});

test('a record that does not continue the one before is found', async () => {
  const journal = await written();
  const [first] = journal.records;
  const last = journal.records.at(-1);
  const wrong: JournalRecord[] = journal.records.map((record) =>
    record === last && first ? { ...record, previous: tailOf(first).hash } : record,
  );
  const forked = new MemoryJournal(plainHasher, wrong);
  expect(await verifyJournal(forked, plainHasher, async () => {})).toBe(
    `Record ${RECORDS} of the journal does not continue the one before.`,
  );
});
