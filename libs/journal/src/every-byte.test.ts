import { blake3Hasher } from '@holdfast/crypto';
import {
  EMPTY_TAIL,
  isHoldfastError,
  type Journal,
  type JournalRecord,
  lostTail,
  nextRecord,
  tailOf,
} from '@holdfast/contracts';
import { equalBytes } from '@holdfast/kernel';
import { damagedImages, type DiskImage, ImageDisk, seededRandom } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { openJournal } from './open-journal.ts';
import { firstRecordOf } from './segment-supply.ts';

const hasher = blake3Hasher;
/** With HOLDFAST_EVERY_BYTE=1 all of the padding is gone through as well, which takes minutes. */
const PADDING_STEP = process.env['HOLDFAST_EVERY_BYTE'] === '1' ? 1 : 61;
/** Setting a journal aside takes many times as long as opening it: one case of so many. */
const QUARANTINE_STEP = process.env['HOLDFAST_EVERY_BYTE'] === '1' ? 1 : 101;
const RECORDS = 5;
const SEGMENT_BYTES = 4 * 4096;

function open(disk: ImageDisk): Promise<Journal> {
  const random = seededRandom('journal');
  return openJournal({ disk, folder: 'journal', hasher, random, segmentBytes: SEGMENT_BYTES });
}

/** A journal of two segments, with a batch for each record. */
async function smallJournal(): Promise<{ image: DiskImage; records: JournalRecord[] }> {
  const disk = new ImageDisk();
  await using journal = await open(disk);
  const records: JournalRecord[] = [];
  for (let i = 0; i < RECORDS; i++) {
    const last = records.at(-1);
    const payload = new Uint8Array(50 + 70 * i).fill(i + 1);
    const record = nextRecord(hasher, last ? tailOf(last) : EMPTY_TAIL, 1, payload);
    records.push(record);
    await journal.append([record]);
  }
  await journal[Symbol.asyncDispose]();
  return { image: disk.image(), records };
}

/** Opens what was refused once more, and lets it be set aside; the directory then knows what it lacks. */
async function expectQuarantined(
  image: DiskImage,
  records: readonly JournalRecord[],
  atLeast: number,
): Promise<void> {
  const disk = new ImageDisk(image);
  const random = seededRandom('anew');
  const options = { disk, folder: 'journal', hasher, random, segmentBytes: SEGMENT_BYTES };
  for (const quarantine of [true, false]) {
    await using journal = await openJournal({ ...options, quarantine });
    // Damage in an older segment is met when it is read: whoever does then has it set aside.
    if (journal.tail.number > 0) await journal.reset(EMPTY_TAIL, { damaged: true });
    expect(journal.tail).toEqual(EMPTY_TAIL);
    const lost = lostTail(journal);
    expect(lost?.number).toBeGreaterThanOrEqual(atLeast);
    const same = records.find(({ number }) => number === lost?.number);
    if (lost?.hash) expect(same && equalBytes(lost.hash, same.hash)).toBe(true);
  }
}

type Fate = 'whole' | 'behind' | 'refused';

/** Opens the damaged journal as a frontend or a server would, and holds it against what was written. */
async function fateOf(image: DiskImage, records: readonly JournalRecord[]): Promise<Fate> {
  try {
    await using journal = await open(new ImageDisk(image));
    const { number, hash } = journal.tail;
    const expected = number === 0 ? EMPTY_TAIL : records[number - 1];
    expect(expected && equalBytes(hash, expected.hash), 'another history').toBe(true);
    const read = number === 0 ? [] : await journal.read(1, 1e9);
    expect(read.length, 'records missing in silence').toBe(number);
    for (const [i, record] of read.entries()) expect(record).toEqual(records[i]);
    const payload = new Uint8Array(9);
    await journal.append([nextRecord(hasher, journal.tail, 1, payload)]);
    return number === RECORDS ? 'whole' : 'behind';
  } catch (error) {
    if (!isHoldfastError(error, 'damaged', 'format-mismatch')) throw error;
    expect(image.has(String(error.details['file']))).toBe(true);
    return 'refused';
  }
}

test('a journal with any one bit flipped, or any file cut at any length, gives what was written, or refuses by name and tells how far it went', async () => {
  const { image, records } = await smallJournal();
  expect([...image.keys()].filter((path) => path.endsWith('.log')).length).toBe(2);
  const secondSegment = firstRecordOf(
    String([...image.keys()].filter((path) => path.endsWith('.log')).at(-1)),
  );
  const fates: Record<Fate, number> = { whole: 0, behind: 0, refused: 0 };
  for (const { what, image: damaged } of damagedImages(image, PADDING_STEP)) {
    try {
      const fate = await fateOf(damaged, records);
      // What is acknowledged can be behind in a cut file only; its copies are ahead of it then.
      if (fate === 'behind') expect(what).toContain('cut to');
      if (fate === 'refused' && fates.refused % QUARANTINE_STEP === 0) {
        const atLeast = what.includes('cut to') ? secondSegment - 1 : RECORDS;
        await expectQuarantined(damaged, records, atLeast);
      }
      fates[fate]++;
    } catch (error) {
      throw new Error(`With ${what}`, { cause: error });
    }
  }
  for (const count of Object.values(fates)) expect(count).toBeGreaterThan(100);
}, 600_000);
