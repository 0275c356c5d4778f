import { EMPTY_TAIL, HoldfastError, type JournalRecord, type StoreId } from '@holdfast/contracts';
import { deferred } from '@holdfast/kernel';
import { recordsAfter, simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { CopyShipper } from './copy-shipper.ts';
import type { JournalCopy } from './journal-copy.ts';
import { ENGINE_LIMITS } from './limits.ts';
import { RecentRecords } from './recent-records.ts';
import { MemoryJournal } from './testing/memory-journal.ts';
import { plainHasher } from './testing/plain-hasher.ts';

/** A shipper to a copy that does with messages what it is told. */
function shipped(append: JournalCopy['append']) {
  const records = new RecentRecords(new MemoryJournal(plainHasher));
  const clock = simulatedClock();
  const troublesAtMs: number[] = [];
  const stand = async () => ({ tail: EMPTY_TAIL, epoch: 1 });
  const copy = { store: '1' as StoreId, name: 'server-1', append, stand } as JournalCopy;
  const trouble = (): void => void troublesAtMs.push(clock.monotonicMs());
  const events = { trouble, progress: () => {}, hopeless: () => {} };
  const shipper = new CopyShipper(copy, 0, { epoch: 1, records, clock, events });
  const push = (record: JournalRecord): void => {
    records.push([record]);
    shipper.wake();
  };
  return { shipper, clock, push, troublesAtMs };
}

// fills ENGINE_LIMITS.copyMessages
test('no more messages to a copy are unanswered than the limit says, and the next one has the rest', async () => {
  const messages: number[] = [];
  const answered = deferred();
  const { shipper, clock, push } = shipped(async (_, records) => {
    messages.push(records.length);
    await answered.promise;
  });
  using _shipper = shipper;
  for (const record of recordsAfter(plainHasher, EMPTY_TAIL, 6, () => 1)) {
    push(record);
    await clock.settle();
  }
  const { copyMessages } = ENGINE_LIMITS;
  expect(messages).toEqual(Array(copyMessages).fill(1));
  answered.resolve();
  await clock.settle();
  expect(messages).toEqual([...Array(copyMessages).fill(1), 6 - copyMessages]);
  expect(shipper.acked).toBe(6);
});

// fills ENGINE_LIMITS.copyRetryMaxMs
test('a copy that cannot be reached is tried again after pauses that double up to the longest', async () => {
  const { shipper, clock, push, troublesAtMs } = shipped(async () => {
    throw new HoldfastError('disconnected', 'The connection is lost.');
  });
  using _shipper = shipper;
  for (const record of recordsAfter(plainHasher, EMPTY_TAIL, 1, () => 1)) push(record);
  await clock.advance(20 * ENGINE_LIMITS.copyRetryMaxMs);
  const pauses = troublesAtMs.slice(1).map((ms, i) => ms - (troublesAtMs[i] ?? 0));
  const { copyRetryMs, copyRetryMaxMs } = ENGINE_LIMITS;
  expect(pauses.slice(0, 3)).toEqual([1, 2, 4].map((times) => times * copyRetryMs));
  expect(pauses.length).toBeGreaterThan(10);
  expect(Math.max(...pauses)).toBe(copyRetryMaxMs);
});
