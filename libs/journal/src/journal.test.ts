import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { blake3Hasher } from '@holdfast/crypto';
import { nodeDisk } from '@holdfast/host';
import {
  EMPTY_TAIL,
  encodeRecords,
  type Journal,
  type JournalRecord,
  nextRecord,
  recordBytes,
  tailOf,
} from '@holdfast/contracts';
import { equalBytes, writeFileAtomically } from '@holdfast/kernel';
import {
  HeldDisk,
  journalSuite,
  recordsAfter,
  seededRandom,
  simulatedDisk,
  type SimulatedDisk,
} from '@holdfast/testkit';
import { JOURNAL_FORMAT } from './format.ts';
import { JOURNAL_LIMITS } from './limits.ts';
import { type JournalOptions, openJournal } from './open-journal.ts';

const hasher = blake3Hasher;
const SEGMENT_BYTES = 64 * 1024;
const SETTINGS = { folder: 'journal', hasher, segmentBytes: SEGMENT_BYTES, reserveBytes: 16_384 };

const parent = mkdtempSync('/var/tmp/holdfast-journal-');
afterAll(() => rmSync(parent, { recursive: true, force: true }));
let made = 0;

journalSuite('segment files on a real disk', hasher, async () => {
  const disk = nodeDisk(join(parent, `${made++}`));
  return { open: () => openJournal({ ...SETTINGS, disk, random: seededRandom('real') }) };
});

journalSuite('segment files on the simulated disk', hasher, async () => {
  const machine = simulatedDisk();
  return { open: () => open(machine) };
});

function open(machine: SimulatedDisk, options: Partial<JournalOptions> = {}): Promise<Journal> {
  const disk = machine.mount();
  return openJournal({ ...SETTINGS, disk, random: seededRandom('key'), ...options });
}

function chain(count: number, payloadBytes: number): JournalRecord[] {
  return recordsAfter(hasher, EMPTY_TAIL, count, () => payloadBytes);
}

/** By their bytes, which is much faster than by looking into each. */
function expectSame(found: readonly JournalRecord[], expected: readonly JournalRecord[]): void {
  expect(found.length).toBe(expected.length);
  expect(equalBytes(encodeRecords(found), encodeRecords(expected))).toBe(true);
}

/** The segment files, oldest first. */
async function segmentPaths(machine: SimulatedDisk): Promise<string[]> {
  const entries = await machine.mount().list('journal');
  const names = entries.map(({ name }) => name).filter((name) => name.startsWith('journal-'));
  return names.map((name) => `journal/${name}`);
}

// fills JOURNAL_LIMITS.reads
test('no more reads than the limit says are at the disk at once, and all are served', async () => {
  const held = new HeldDisk((path) => path.includes('journal-'));
  await using journal = await openJournal({
    ...SETTINGS,
    disk: held.disk,
    random: seededRandom('key'),
  });
  const records = chain(5, 100);
  await journal.append(records);
  using hold = held.hold();
  const reads = Array.from({ length: JOURNAL_LIMITS.reads + 3 }, () => journal.read(1, Infinity));
  await held.settle();
  expect(held.reads.now).toBe(JOURNAL_LIMITS.reads);
  hold[Symbol.dispose]();
  for (const found of await Promise.all(reads)) expectSame(found, records);
  expect(held.reads.most).toBe(JOURNAL_LIMITS.reads);
});

describe('power cuts', () => {
  test('nothing acknowledged is lost and nothing else appears, whenever the power goes', async () => {
    let crashes = 0;
    let cutsAmidAppends = 0;
    for (let seed = 0; seed < 150; seed++) {
      const random = seededRandom(seed);
      const machine = simulatedDisk({ random: random.fork('disk') });
      const written: JournalRecord[] = [];
      let acknowledged = 0;
      for (let boot = 0; boot < 4; boot++) {
        const crashAt = machine.operations + 1 + random.integer(60);
        await new Promise<void>((resolve, reject) => {
          machine.fault = ({ number }) => {
            if (number !== crashAt) return;
            crashes++;
            if (written.length > acknowledged) cutsAmidAppends++;
            if (random.chance(0.7)) machine.crash();
            else machine.kill();
            resolve();
          };
          const program = async (): Promise<void> => {
            const journal = await open(machine);
            expect(journal.tail.number).toBeGreaterThanOrEqual(acknowledged);
            // What was shown once counts as acknowledged: others have acted on it.
            acknowledged = journal.tail.number;
            written.length = acknowledged;
            expectSame(await journal.read(1, Infinity), written);
            for (let round = 0; round < 12; round++) {
              const appends = Array.from({ length: 1 + random.integer(5) }, async () => {
                const tail =
                  written.length === 0 ? EMPTY_TAIL : tailOf(written.at(-1) as JournalRecord);
                const record = nextRecord(
                  hasher,
                  tail,
                  boot + 1,
                  random.bytes(random.integer(9000)),
                );
                written.push(record);
                await journal.append([record]);
                acknowledged = Math.max(acknowledged, record.number);
              });
              await Promise.all(appends);
            }
          };
          program().then(resolve, reject);
        });
        machine.fault = undefined;
        machine.kill();
      }
    }
    expect(crashes).toBeGreaterThan(300);
    expect(cutsAmidAppends).toBeGreaterThan(150);
  });

  test('a journal that is begun anew is the old one or the new one, whenever the power goes', async () => {
    const outcomes = new Set<string>();
    const records = chain(60, 3000);
    const base = tailOf(records[49] as JournalRecord);
    for (let seed = 0; seed < 60; seed++) {
      const machine = simulatedDisk({ random: seededRandom(seed) });
      {
        await using journal = await open(machine);
        for (const record of records.slice(0, 40)) await journal.append([record]);
      }
      const journal = await open(machine);
      const crashAt = machine.operations + 1 + (seed % 20);
      await new Promise<void>((resolve) => {
        machine.fault = ({ number }) => {
          if (number !== crashAt) return;
          machine.crash();
          resolve();
        };
        journal.reset(base).then(resolve, resolve);
      });
      machine.fault = undefined;
      machine.kill();
      await using again = await open(machine);
      const { number } = again.tail;
      outcomes.add(String(number));
      expect([40, 50]).toContain(number);
      for (const record of records.slice(number)) await again.append([record]);
      expectSame(await again.read(number + 1, Infinity), records.slice(number));
    }
    expect(outcomes).toEqual(new Set(['40', '50']));
  });

  test('a truncation may be cut short at any instant', async () => {
    const records = chain(120, 3000);
    const firsts = new Set<number>();
    for (let seed = 0; seed < 60; seed++) {
      const machine = simulatedDisk({ random: seededRandom(seed) });
      const journal = await open(machine);
      for (const record of records.slice(0, 100)) await journal.append([record]);
      const crashAt = machine.operations + 1 + (seed % 14);
      await new Promise<void>((resolve) => {
        machine.fault = ({ number }) => {
          if (number !== crashAt) return;
          machine.crash();
          resolve();
        };
        journal.truncate(90).then(resolve, resolve);
      });
      machine.fault = undefined;
      machine.kill();
      await using again = await open(machine);
      firsts.add(again.first);
      expect(again.first).toBeLessThanOrEqual(90);
      for (const record of records.slice(100)) await again.append([record]);
      expectSame(await again.read(again.first, Infinity), records.slice(again.first - 1));
      await again.truncate(110);
      await again.reset(EMPTY_TAIL);
      await again.append(records.slice(0, 1));
    }
    expect(firsts.size).toBeGreaterThan(1);
  });

  test('what is set aside is whole, whenever the power goes', async () => {
    const records = chain(60, 3000);
    let asides = 0;
    for (let seed = 0; seed < 60; seed++) {
      const machine = simulatedDisk({ random: seededRandom(seed) });
      const journal = await open(machine);
      for (const record of records) await journal.append([record]);
      const crashAt = machine.operations + 1 + seed;
      await new Promise<void>((resolve) => {
        machine.fault = ({ number }) => {
          if (number !== crashAt) return;
          machine.crash();
          resolve();
        };
        journal.reset(EMPTY_TAIL, { keep: true }).then(resolve, resolve);
      });
      machine.fault = undefined;
      machine.kill();
      const kept = await keptAfter(machine, records);
      asides += kept;
    }
    expect(asides).toBeGreaterThan(10);
    expect(asides).toBeLessThan(60);
  });

  test('a failed sync refuses everything from then on, and keeps what was acknowledged', async () => {
    for (let seed = 0; seed < 40; seed++) {
      const machine = simulatedDisk({ random: seededRandom(seed) });
      const journal = await open(machine);
      const records = chain(10, 5000);
      await journal.append(records.slice(0, 5));
      machine.fault = ({ kind, path }) =>
        kind === 'sync' && path.includes('journal-') ? 'io' : undefined;
      const poisoned = { code: 'poisoned' };
      await expect(journal.append(records.slice(5, 7))).rejects.toMatchObject(poisoned);
      machine.fault = undefined;
      await expect(journal.append(records.slice(5, 6))).rejects.toMatchObject(poisoned);
      expectSame(await journal.read(1, Infinity), records.slice(0, 5));
      machine.crash();
      await using again = await open(machine);
      expect([5, 7]).toContain(again.tail.number);
      expectSame(await again.read(1, Infinity), records.slice(0, again.tail.number));
    }
  });
});

describe('damage', () => {
  test('in the middle is reported with file and offset, and nothing is changed', async () => {
    const machine = simulatedDisk();
    {
      await using journal = await open(machine);
      for (const record of chain(7, 6000)) await journal.append([record]);
    }
    const [path = ''] = await segmentPaths(machine);
    // Each record takes two blocks, after the header's one.
    for (const record of [0, 3, 6]) {
      const offset = 4096 * (1 + 2 * record);
      machine.corrupt(path, offset + 4500);
      await expect(open(machine)).rejects.toMatchObject({
        code: 'damaged',
        details: { file: path, offset },
      });
      machine.corrupt(path, offset + 4500);
    }
    await using journal = await open(machine);
    expect(journal.tail.number).toBe(7);
  });

  test('of a header is reported when all is read, before an opening has to refuse it', async () => {
    const machine = simulatedDisk();
    await using journal = await open(machine);
    for (const record of chain(3, 6000)) await journal.append([record]);
    const [path = ''] = await segmentPaths(machine);
    machine.corrupt(path, 80);
    await expect(journal.read(1, Infinity)).rejects.toMatchObject({
      code: 'damaged',
      details: { file: path, offset: 0 },
    });
  });

  test('in an older segment is reported when it is read, and a lost segment at opening', async () => {
    const machine = simulatedDisk();
    {
      await using journal = await open(machine);
      for (const record of chain(40, 6000)) await journal.append([record]);
    }
    const paths = await segmentPaths(machine);
    expect(paths.length).toBeGreaterThan(4);
    machine.corrupt(paths[1] ?? '', 3 * 4096 + 100);
    {
      await using journal = await open(machine);
      await expect(journal.read(1, Infinity)).rejects.toMatchObject({
        code: 'damaged',
        details: { file: paths[1], offset: 3 * 4096 },
      });
      expect((await journal.read(39, Infinity)).length).toBe(2);
    }
    await machine.mount().unlink(paths[2] ?? '');
    await expect(open(machine)).rejects.toMatchObject({ code: 'damaged' });
  });
});

describe('a full disk', () => {
  const freesSpace = { freesSpace: true };

  // fills JOURNAL_LIMITS.reserveBytes
  test('refuses records without harm, but takes those that free space', async () => {
    const machine = simulatedDisk({ capacityBytes: 4 * SEGMENT_BYTES });
    const journal = await open(machine);
    const records = chain(200, 3000);
    let count = 0;
    const fill = async (options: object): Promise<void> => {
      for (;;) await journal.append(records.slice(count, ++count), options);
    };
    await expect(fill({})).rejects.toMatchObject({ code: 'no-space' });
    count--;
    const refusedAt = count;
    await expect(journal.append(records.slice(count, count + 1))).rejects.toThrow('full');
    await expect(fill(freesSpace)).rejects.toMatchObject({ code: 'no-space' });
    count--;
    expect((count - refusedAt) * 4096).toBeGreaterThanOrEqual(SETTINGS.reserveBytes);
    machine.capacityBytes = Infinity;
    for (const record of records.slice(count, count + 50)) await journal.append([record]);
    await journal[Symbol.asyncDispose]();
    await using again = await open(machine);
    expectSame(await again.read(1, Infinity), records.slice(0, count + 50));
  });

  test.for([
    ['never brings back what it refused', 1],
    ['that has no room for zeros either never brings back what it refused', 2],
  ] as const)('%s', async ([, refusedWrites]) => {
    for (let seed = 0; seed < 30; seed++) {
      const machine = simulatedDisk({ random: seededRandom(seed) });
      const journal = await open(machine);
      const records = chain(4, 20_000);
      await journal.append(records.slice(0, 2));
      // As on a file system that copies on write, which can be full where zeros stand already.
      let refusals = 0;
      machine.fault = ({ kind, path }) =>
        kind === 'write' && path.includes('journal-') && refusals++ < refusedWrites
          ? 'no-space'
          : undefined;
      const refused = journal.append(records.slice(2, 3));
      const behind = journal.append(records.slice(3, 4));
      await expect(refused).rejects.toMatchObject({ code: 'no-space' });
      await expect(behind).rejects.toMatchObject({ code: 'no-space' });
      if (seed % 3 === 0) await journal.append(records.slice(2, 4));
      if (seed % 2 === 0) machine.crash();
      else await journal[Symbol.asyncDispose]();
      await using again = await open(machine);
      expect(again.tail.number).toBe(seed % 3 === 0 ? 4 : 2);
    }
  });

  // fills JOURNAL_LIMITS.segmentBytes
  test('an append larger than a segment is refused as such', async () => {
    await using journal = await open(simulatedDisk());
    const [huge] = chain(1, SEGMENT_BYTES) as [JournalRecord];
    expect(recordBytes(huge)).toBeGreaterThan(SEGMENT_BYTES);
    await expect(journal.append([huge])).rejects.toMatchObject({ code: 'limit-exceeded' });
    expect(journal.tail.number).toBe(0);
  });
});

describe('formats', () => {
  const fixture = new URL('./fixtures/format-1.log', import.meta.url);
  const name = 'journal/journal-000000-000000000000001.log';

  async function placed(bytes: Uint8Array): Promise<SimulatedDisk> {
    const machine = simulatedDisk();
    const disk = machine.mount();
    await disk.makeFolder('journal');
    await writeFileAtomically(disk, name, bytes);
    return machine;
  }

  test('a journal of format 1 is read, and goes on', async () => {
    const machine = await placed(readFileSync(fixture));
    await using journal = await open(machine);
    const records = chain(7, 500);
    expectSame(await journal.read(1, Infinity), records.slice(0, 5));
    await journal.append(records.slice(5));
    expect(journal.tail.number).toBe(7);
  });

  test('a newer format is refused with both numbers', async () => {
    const newer = new Uint8Array(readFileSync(fixture));
    new DataView(newer.buffer).setUint32(8, JOURNAL_FORMAT + 41);
    newer.set(hasher.hash([newer.subarray(0, 4096 - 32)]), 4096 - 32);
    await expect(open(await placed(newer))).rejects.toMatchObject({
      code: 'format-mismatch',
      details: { format: JOURNAL_FORMAT + 41, known: JOURNAL_FORMAT },
    });
  });
});

test('a second program is refused the journal', async () => {
  const machine = simulatedDisk();
  await using _journal = await open(machine);
  await expect(open(machine)).rejects.toMatchObject({ code: 'locked' });
});

test('records that a failed sync left readable are on the disk before others follow them', async () => {
  for (let seed = 0; seed < 30; seed++) {
    const machine = simulatedDisk({ random: seededRandom(seed) });
    const records = chain(3, 500);
    const journal = await open(machine);
    await journal.append(records.slice(0, 1));
    machine.fault = ({ kind }) => (kind === 'sync' ? 'io' : undefined);
    await expect(journal.append(records.slice(1, 2))).rejects.toMatchObject({ code: 'poisoned' });
    machine.fault = undefined;
    machine.kill();
    const second = await open(machine);
    const from = second.tail.number;
    await second.append(records.slice(from));
    machine.crash();
    const third = await open(machine);
    expectSame(await third.read(1, Infinity), records);
    await third[Symbol.asyncDispose]();
  }
});

/** How many folders were set aside; what is in them and in the journal must be all of `records`. */
async function keptAfter(
  machine: SimulatedDisk,
  records: readonly JournalRecord[],
): Promise<number> {
  await using journal = await open(machine);
  const [folder] = journal.kept;
  if (folder === undefined) {
    expectSame(await journal.read(1, Infinity), records);
    return 0;
  }
  expect(journal.tail.number).toBe(0);
  await using aside = await open(machine, { folder });
  expectSame(await aside.read(1, Infinity), records);
  return 1;
}
