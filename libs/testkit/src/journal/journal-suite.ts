import {
  EMPTY_TAIL,
  type Hasher,
  type Journal,
  type JournalRecord,
  type JournalTail,
  nextRecord,
  tailOf,
} from '@holdfast/contracts';
import { describe, expect, test } from 'vitest';

export interface JournalPlace {
  /** Opens the journal; the same one each time. */
  open(): Promise<Journal>;
}

/** What every journal must do. `make` gives a place that has none yet. */
export function journalSuite(
  name: string,
  hasher: Hasher,
  make: () => Promise<JournalPlace>,
): void {
  const chain = (count: number, payloadBytes: number): JournalRecord[] =>
    recordsAfter(hasher, EMPTY_TAIL, count, () => payloadBytes);

  describe(`${name} as a journal`, () => {
    test('an empty one ends in number 0 and has no records', async () => {
      await using journal = await (await make()).open();
      expect(journal.tail).toEqual(EMPTY_TAIL);
      expect(await journal.read(1, 1000)).toEqual([]);
      expect(await journal.hashOf(1)).toBeUndefined();
    });

    test('what was appended is there after reopening, and goes on', async () => {
      const place = await make();
      const records = chain(60, 700);
      for (let at = 0; at < 60; at += 20) {
        await using journal = await place.open();
        expect(journal.tail.number).toBe(at);
        for (const record of records.slice(at, at + 20)) await journal.append([record]);
        expect(journal.tail).toEqual(tailOf(records[at + 19] as JournalRecord));
      }
      await using journal = await place.open();
      expect(await journal.read(1, Infinity)).toEqual(records);
    });

    test('overlapping appends are ordered as called, and share the wait', async () => {
      await using journal = await (await make()).open();
      const records = chain(300, 50);
      const order: number[] = [];
      await Promise.all(
        records.map(async (record) => {
          await journal.append([record]);
          order.push(record.number);
          expect(journal.tail.number).toBeGreaterThanOrEqual(record.number);
        }),
      );
      expect(order).toEqual(records.map((record) => record.number));
      expect(await journal.read(1, Infinity)).toEqual(records);
    });

    test('reads from anywhere, as much as asked for but at least one record', async () => {
      await using journal = await (await make()).open();
      const records = chain(200, 1000);
      for (let at = 0; at < 200; at += 8) await journal.append(records.slice(at, at + 8));
      for (const from of [1, 2, 99, 100, 200]) {
        expect(await journal.read(from, 1)).toEqual([records[from - 1]]);
        expect(await journal.read(from, 5000)).toEqual(records.slice(from - 1, from + 4));
        expect(await journal.hashOf(from)).toEqual(records[from - 1]?.hash);
      }
      expect(await journal.read(201, 5000)).toEqual([]);
      expect(await journal.hashOf(201)).toBeUndefined();
    });

    test('a record that does not continue the chain is refused, and the chain goes on', async () => {
      await using journal = await (await make()).open();
      const [first, second, third] = chain(3, 10) as [JournalRecord, JournalRecord, JournalRecord];
      await journal.append([first]);
      const refused = { code: 'invalid-argument' };
      await expect(journal.append([third])).rejects.toMatchObject(refused);
      await expect(journal.append([first])).rejects.toMatchObject(refused);
      const forged = { ...second, payload: Uint8Array.of(1) };
      await expect(journal.append([forged])).rejects.toMatchObject(refused);
      await journal.append([second, third]);
      expect(journal.tail.number).toBe(3);
    });

    test('records of very different sizes, empty ones too, are kept', async () => {
      const place = await make();
      const sizes = [0, 1, 4000, 4096, 20_000, 0, 7, 9000];
      const records = recordsAfter(hasher, EMPTY_TAIL, sizes.length, (i) => sizes[i] ?? 0);
      {
        await using journal = await place.open();
        for (const record of records) await journal.append([record]);
      }
      await using journal = await place.open();
      expect(await journal.read(1, Infinity)).toEqual(records);
    });

    test('begun anew, it continues from where it was told, and forgets the rest', async () => {
      const place = await make();
      const records = chain(40, 900);
      const base = tailOf(records[19] as JournalRecord);
      {
        await using journal = await place.open();
        await journal.append(records.slice(0, 10));
        await journal.reset(base);
        expect(journal.tail).toEqual(base);
        await journal.append(records.slice(20, 30));
      }
      await using journal = await place.open();
      await journal.append(records.slice(30));
      expect(await journal.read(21, Infinity)).toEqual(records.slice(20));
      expect(await journal.hashOf(20)).toEqual(base.hash);
      expect(await journal.hashOf(19)).toBeUndefined();
      await expect(journal.read(20, 1)).rejects.toMatchObject({ code: 'not-found' });
    });

    test('begun anew, it sets aside what there was where it is told to', async () => {
      const place = await make();
      const records = chain(20, 900);
      {
        await using journal = await place.open();
        await journal.append(records.slice(0, 10));
        await journal.reset(EMPTY_TAIL);
        expect(journal.kept).toEqual([]);
        await journal.append(records);
        await journal.reset(EMPTY_TAIL, { keep: true });
        expect(journal.kept).toHaveLength(1);
        await journal.append(records.slice(0, 5));
      }
      await using journal = await place.open();
      expect(journal.kept).toHaveLength(1);
      expect(await journal.read(1, Infinity)).toEqual(records.slice(0, 5));
    });

    test('truncated, it has what is needed and goes on', async () => {
      const place = await make();
      const records = chain(300, 2000);
      {
        await using journal = await place.open();
        for (const record of records.slice(0, 250)) await journal.append([record]);
        expect(journal.bytesSince(0)).toBeGreaterThan(250 * 2000);
        await journal.truncate(201);
        expect(journal.first).toBeLessThanOrEqual(201);
        expect(journal.first).toBeGreaterThan(100);
        expect(journal.bytesSince(0)).toBeLessThan(250 * 2000);
      }
      await using journal = await place.open();
      for (const record of records.slice(250)) await journal.append([record]);
      expect(await journal.read(201, Infinity)).toEqual(records.slice(200));
      const { first } = journal;
      expect(await journal.hashOf(first - 1)).toEqual(records[first - 2]?.hash);
      expect(await journal.hashOf(first - 2)).toBeUndefined();
      await expect(journal.read(first - 1, 1)).rejects.toMatchObject({ code: 'not-found' });
    });

    test('what was there when it was rolled can be given back, however little that is', async () => {
      const place = await make();
      const records = chain(20, 100);
      {
        await using journal = await place.open();
        await journal.append(records.slice(0, 10));
        await Promise.all([journal.roll(), journal.append(records.slice(10, 15))]);
        await journal.roll();
        await journal.roll();
        await journal.truncate(11);
        expect(journal.first).toBe(11);
        await journal.append(records.slice(15));
      }
      await using journal = await place.open();
      expect(journal.first).toBe(11);
      expect(await journal.read(11, Infinity)).toEqual(records.slice(10));
    });

    test('a closed one takes no more records', async () => {
      const journal = await (await make()).open();
      await journal[Symbol.asyncDispose]();
      await expect(journal.append(chain(1, 1))).rejects.toMatchObject({ code: 'unavailable' });
    });
  });
}

/** A chain of records with payloads of the given sizes. */
export function recordsAfter(
  hasher: Hasher,
  tail: JournalTail,
  count: number,
  payloadBytes: (index: number) => number,
): JournalRecord[] {
  const records: JournalRecord[] = [];
  let end = tail;
  for (let i = 0; i < count; i++) {
    const payload = new Uint8Array(payloadBytes(i)).fill(end.number + 1);
    const record = nextRecord(hasher, end, 1 + Math.floor(end.number / 50), payload);
    records.push(record);
    end = tailOf(record);
  }
  return records;
}
