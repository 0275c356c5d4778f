import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '@holdfast/testkit';
import { afterAll, expect, test } from 'vitest';
import { type Level, type LevelMemory, openLevel } from './open-level.ts';

const KIB = 1024;
const VALUE_BYTES = 8 * KIB;

const parent = mkdtempSync(join(tmpdir(), 'level-'));
afterAll(() => rmSync(parent, { recursive: true }));
const random = seededRandom('values');
let made = 0;

const open = (memory: LevelMemory): Promise<Level> => openLevel(join(parent, `${made++}`), memory);
const keyOf = (i: number): Uint8Array => Uint8Array.of(i >> 8, i & 0xff);

/** What LevelDB says that it holds in memory. */
const heldBytes = (level: Level): number =>
  Number(level.getProperty('leveldb.approximate-memory-usage'));

// fills ORDERED_MAP_LIMITS.writeBufferBytes
test('changes beyond those that may be held in memory go to tables', async () => {
  const writeBufferBytes = 64 * KIB;
  await using level = await open({ cacheBytes: 0, writeBufferBytes });
  const written: number[] = [];
  for (let i = 0; i < 100; i++) {
    await level.put(keyOf(i), random.bytes(VALUE_BYTES));
    written.push(heldBytes(level));
  }
  // Memory is taken in pieces, and the change that is one too many is in it.
  expect(Math.max(...written)).toBeLessThan(2 * (writeBufferBytes + 3 * VALUE_BYTES));
  expect(Math.max(...written)).toBeGreaterThan(writeBufferBytes / 2);
});

// fills ORDERED_MAP_LIMITS.cacheBytes
test('no more of what was read is kept in memory than the limit says', async () => {
  const memory = { cacheBytes: 512 * KIB, writeBufferBytes: 64 * KIB };
  await using level = await open(memory);
  // What does not shrink is read from the mapped file, and not kept.
  for (let i = 0; i < 200; i++) await level.put(keyOf(i), new Uint8Array(VALUE_BYTES));
  await level.compactRange(keyOf(0), keyOf(200));
  for (let i = 0; i < 200; i++) level.getSync(keyOf(i));
  expect(heldBytes(level)).toBeLessThan(memory.cacheBytes + memory.writeBufferBytes);
  expect(heldBytes(level)).toBeGreaterThan(memory.cacheBytes / 2);
});
