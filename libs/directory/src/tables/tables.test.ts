import type { ChunkHash, FileId, StoreId } from '@holdfast/contracts';
import { fromHex, toHex } from '@holdfast/kernel';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chunks } from './chunks.ts';
import { contents } from './contents.ts';
import { defineTable } from './define-table.ts';
import { type Dentry, dentries } from './dentries.ts';
import { type FileRecord, files } from './files.ts';
import { garbageChunks } from './garbage.ts';
import { TABLE_NUMBERS } from './numbers.ts';
import type { Body, VersionRecord } from './version-record.ts';

const hex = (bytes: number): fc.Arbitrary<string> =>
  fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .map((all) => [...all].map((byte) => byte.toString(16).padStart(2, '0')).join(''));
const id = hex(16) as fc.Arbitrary<FileId & StoreId>;
const hash = hex(32) as fc.Arbitrary<ChunkHash>;
const count = fc.maxSafeNat();
const time = fc.double({ noNaN: true, noDefaultInfinity: true });
const text = fc.string({ unit: 'grapheme' });

const dentry = fc.record<Dentry>({
  kind: fc.constantFrom('file', 'folder'),
  id,
  sizeBytes: count,
  version: count,
  mode: fc.nat({ max: 0o7777 }),
  modifiedMs: time,
  committedMs: time,
  owner: text,
  wanted: count,
  confirmed: count,
});
const inlineDentry = dentry.map((value): Dentry => ({ ...value, inline: true }));

const body: fc.Arbitrary<Body> = fc.oneof(
  fc.constant<Body>({ kind: 'empty' }),
  fc.record({ kind: fc.constantFrom('inline' as const, 'chunk' as const), hash, length: count }),
  fc.record({ kind: fc.constant('manifest' as const), chunks: count, root: hash }),
);

const version = fc.record<VersionRecord>({
  version: count,
  sizeBytes: count,
  modifiedMs: time,
  committedMs: time,
  author: text,
  content: text,
  body,
});

const file = fc.record<FileRecord, 'place' | 'placement'>(
  {
    place: fc.oneof(
      fc.constant({ in: 'nowhere' as const }),
      fc.record({ in: fc.constant('folder' as const), folder: id, name: text }),
      fc.record({ in: fc.constant('trash' as const), user: text, bin: count, id: text }),
    ),
    placement: fc.record({
      stores: fc.array(id),
      copies: fc.oneof(fc.integer({ min: 1, max: 64 }), fc.constant('all' as const)),
    }),
    current: version,
  },
  { requiredKeys: ['place', 'placement'] },
);

const chunk = fc.record({
  length: count,
  live: fc.boolean(),
  content: text,
  holders: fc.array(fc.record({ store: id, generation: fc.nat(), confirmed: fc.boolean() })),
});

describe('tables', () => {
  test('what is written is read back', () => {
    const same =
      <V>(table: { encode(value: V): Uint8Array; decode(bytes: Uint8Array): V }) =>
      (value: V): void => {
        expect(table.decode(table.encode(value))).toEqual(value);
      };
    fc.assert(fc.property(dentry, same(dentries)));
    fc.assert(fc.property(inlineDentry, same(dentries)));
    fc.assert(fc.property(fc.uint8Array(), same(contents)));
    fc.assert(
      fc.property(fc.tuple(dentry, text), ([value, target]) =>
        same(dentries)({ ...value, kind: 'link', target }),
      ),
    );
    fc.assert(fc.property(file, same(files)));
    fc.assert(fc.property(chunk, same(chunks)));
  });

  test('an entry of a newer format is refused with both numbers, an older one is read as such', () => {
    const of = (format: number) =>
      defineTable<readonly [], string>({
        name: 'dentry',
        format,
        write: (writer, value) => writer.text(value),
        read: (reader, found) => `${reader.text()} of format ${found}`,
      });
    expect(() => of(1).decode(of(2).encode('x'))).toThrow(
      expect.objectContaining({
        code: 'format-mismatch',
        details: { table: 'dentry', found: 2, known: 1 },
      }),
    );
    expect(of(2).decode(of(1).encode('x'))).toBe('x of format 1');
  });

  test('garbage that was noted with positions is read as garbage', () => {
    const stored = `01${'01'}${'1'.repeat(32)}14`;
    const bytes = Uint8Array.from(stored.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    expect(garbageChunks.decode(bytes)).toBe(true);
    expect([...garbageChunks.encode(true)]).toEqual([2]);
  });

  test('each table has a number of its own, in the range of the directory', () => {
    const numbers = Object.values(TABLE_NUMBERS);
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers.every((number) => number >= 10 && number <= 99)).toBe(true);
  });

  test('the bytes of a stored entry stay what they are', () => {
    const stored =
      '02001111111111111111111111111111111180a00501a4034271f0a911c000004271f0a911c0000005616c69636503020000';
    const value: Dentry = {
      kind: 'file',
      id: '1'.repeat(32) as FileId,
      sizeBytes: 86016,
      version: 1,
      mode: 0o644,
      modifiedMs: 1_232_832_896_000,
      committedMs: 1_232_832_896_000,
      owner: 'alice',
      wanted: 3,
      confirmed: 2,
    };
    expect(toHex(dentries.encode(value))).toBe(stored);
    const before = `01${stored.slice(2, -2)}`;
    expect(dentries.decode(fromHex(before))).toEqual(value);
  });
});
