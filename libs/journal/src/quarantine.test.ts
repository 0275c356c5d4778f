import { blake3Hasher } from '@holdfast/crypto';
import {
  EMPTY_TAIL,
  type Journal,
  type JournalRecord,
  lostTail,
  tailOf,
} from '@holdfast/contracts';
import { recordsAfter, seededRandom, simulatedDisk, type SimulatedDisk } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { openJournal } from './open-journal.ts';

const BLOCK = 4096;
const SETTINGS = { folder: 'journal', hasher: blake3Hasher, segmentBytes: 64 * 1024 };

function open(machine: SimulatedDisk, quarantine = true): Promise<Journal> {
  const disk = machine.mount();
  return openJournal({ ...SETTINGS, disk, quarantine, random: seededRandom('key') });
}

function chain(count: number): JournalRecord[] {
  return recordsAfter(blake3Hasher, EMPTY_TAIL, count, () => 3000);
}

/** A journal of several segments, closed as it should be, with a record damaged in the newest one. */
async function damagedJournal(
  records: readonly JournalRecord[],
  machine: SimulatedDisk,
): Promise<void> {
  {
    await using journal = await open(machine);
    for (const record of records) await journal.append([record]);
  }
  const names = (await machine.mount().list('journal')).map(({ name }) => name);
  const newest = names.filter((name) => name.endsWith('.log')).at(-1);
  machine.corrupt(`journal/${newest}`, 3 * BLOCK + 100);
}

test('a damaged journal is set aside whole, and an empty one knows how far it went, whenever the power goes', async () => {
  const records = chain(40);
  const last = tailOf(records.at(-1) as JournalRecord);
  let cut = 0;
  for (let seed = 0; seed < 40; seed++) {
    const machine = simulatedDisk({ random: seededRandom(seed) });
    await damagedJournal(records, machine);
    const crashAt = machine.operations + 1 + 3 * seed;
    await new Promise<void>((resolve) => {
      machine.fault = ({ number }) => {
        if (number !== crashAt) return;
        cut++;
        machine.crash();
        resolve();
      };
      open(machine).then(async (journal) => {
        await journal[Symbol.asyncDispose]();
        resolve();
      }, resolve);
    });
    machine.fault = undefined;
    machine.kill();
    await using journal = await open(machine);
    expect(journal.tail).toEqual(EMPTY_TAIL);
    expect(lostTail(journal)).toEqual(last);
    // Whatever is not damaged of it is still there.
    const aside = journal.quarantined[0]?.folder ?? '';
    const names = (await machine.mount().list(aside)).map(({ name }) => name);
    expect(names.filter((name) => name.endsWith('.log')).length).toBeGreaterThan(2);
  }
  expect(cut).toBeGreaterThan(20);
});

test('a journal that has come as far as the damaged one lacks nothing any more, also when opened again', async () => {
  const machine = simulatedDisk();
  const records = chain(40);
  await damagedJournal(records, machine);
  {
    await using journal = await open(machine);
    for (const record of records.slice(0, 39)) await journal.append([record]);
    expect(lostTail(journal)?.number).toBe(40);
  }
  await using journal = await open(machine, false);
  expect(lostTail(journal)?.number).toBe(40);
  await journal.append(records.slice(39));
  expect(lostTail(journal)).toBeUndefined();
  expect(journal.quarantined).toHaveLength(1);
});

test('what was outgrown gives its place to what is set aside next; what was not outgrown stays', async () => {
  const machine = simulatedDisk();
  const records = chain(40);
  for (let time = 0; time < 3; time++) {
    await damagedJournal(records, machine);
    await using journal = await open(machine);
    expect(journal.quarantined).toHaveLength(1);
  }
  await damagedJournal(records.slice(0, 10), machine);
  await using journal = await open(machine);
  expect(journal.quarantined.map(({ tail }) => tail.number)).toEqual([40, 10]);
  expect(lostTail(journal)?.number).toBe(40);
});

test('a journal of a newer format is never set aside', async () => {
  const machine = simulatedDisk();
  await damagedJournal(chain(40), machine);
  const disk = machine.mount();
  const [name] = (await disk.list('journal')).filter((entry) => entry.name.endsWith('.log'));
  await using file = await disk.open(`journal/${name?.name}`, { mode: 'write' });
  const block = new Uint8Array(BLOCK);
  await file.read(block, 0);
  new DataView(block.buffer).setUint32(8, 9);
  block.set(blake3Hasher.hash([block.subarray(0, BLOCK - 32)]), BLOCK - 32);
  await file.write(block, 0);
  await file.close();
  await expect(open(machine)).rejects.toMatchObject({ code: 'format-mismatch' });
  expect((await disk.list('journal')).some(({ kind }) => kind === 'folder')).toBe(false);
});
