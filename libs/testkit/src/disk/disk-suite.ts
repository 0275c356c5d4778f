import { type Disk, DISK_BLOCK_BYTES, type DiskFile } from '@holdfast/kernel';
import { readWholeFile, writeFileAtomically } from '@holdfast/kernel';
import { describe, expect, test } from 'vitest';

const BLOCK = DISK_BLOCK_BYTES;

/** What every disk must do. `make` gives an empty one. */
export function diskSuite(name: string, make: () => Promise<Disk>): void {
  describe(`${name} as a disk`, () => {
    for (const direct of [false, true]) {
      test(`${direct ? 'direct' : 'buffered'}: reads back what was written, wherever it was written`, async () => {
        const disk = await make();
        await using file = await disk.open('file', { mode: 'create', direct });
        await file.write(blocks(disk, 3, 1), 2 * BLOCK);
        await file.write(blocks(disk, 1, 9), 3 * BLOCK);
        expect(await file.size()).toBe(5 * BLOCK);
        expect(await firstBytes(disk, file, 6)).toEqual([0, 0, 1, 9, 3]);
      });

      test(`${direct ? 'direct' : 'buffered'}: keeps many overlapping reads and writes apart`, async () => {
        const disk = await make();
        await using file = await disk.open('file', { mode: 'create', direct });
        const numbers = Array.from({ length: 40 }, (_, i) => i);
        await Promise.all(numbers.map((i) => file.write(blocks(disk, 1, i), i * BLOCK)));
        const read = numbers.map(async (i) => {
          const block = disk.allocate(BLOCK);
          await file.read(block, i * BLOCK);
          return block[0];
        });
        expect(await Promise.all(read)).toEqual(numbers);
      });
    }

    test('memory comes zeroed and in the size asked for', async () => {
      const disk = await make();
      for (const bytes of [BLOCK, 16 * BLOCK, 1025 * BLOCK]) {
        const memory = disk.allocate(bytes);
        expect(memory.length).toBe(bytes);
        expect(memory.every((byte) => byte === 0)).toBe(true);
      }
    });

    test('a read at the end gives what is there, and nothing behind it', async () => {
      const disk = await make();
      await using file = await disk.open('file', { mode: 'create' });
      await file.write(Uint8Array.of(1, 2, 3), 0);
      const target = new Uint8Array(8);
      expect(await file.read(target, 1)).toBe(2);
      expect([...target.subarray(0, 3)]).toEqual([2, 3, 0]);
      expect(await file.read(target, 100)).toBe(0);
    });

    test('preallocation grows a file with zeros and leaves its content alone', async () => {
      const disk = await make();
      await using file = await disk.open('file', { mode: 'create', direct: true });
      await file.write(blocks(disk, 1, 7), 0);
      await file.preallocate(300 * BLOCK);
      expect(await file.size()).toBe(300 * BLOCK);
      expect((await firstBytes(disk, file, 300)).reduce((sum, byte) => sum + byte)).toBe(7);
      await file.preallocate(BLOCK);
      expect(await file.size()).toBe(300 * BLOCK);
    });

    test('what was cut off reads as zeros when the file grows again', async () => {
      const disk = await make();
      await using file = await disk.open('file', { mode: 'create' });
      await file.write(blocks(disk, 4, 1), 0);
      await file.truncate(BLOCK + 1);
      expect(await file.size()).toBe(BLOCK + 1);
      await file.truncate(4 * BLOCK);
      expect(await firstBytes(disk, file, 4)).toEqual([1, 2, 0, 0]);
    });

    test('a missing file, folder or source is not found', async () => {
      const disk = await make();
      const missing = { code: 'not-found' };
      await expect(disk.open('nothing', { mode: 'read' })).rejects.toMatchObject(missing);
      await expect(disk.open('nothing', { mode: 'write' })).rejects.toMatchObject(missing);
      await expect(disk.open('no/file', { mode: 'create' })).rejects.toMatchObject(missing);
      await expect(disk.list('no')).rejects.toMatchObject(missing);
      await expect(disk.unlink('nothing')).rejects.toMatchObject(missing);
      await expect(disk.rename('nothing', 'else')).rejects.toMatchObject(missing);
    });

    test('folders list their names in order and with their kinds', async () => {
      const disk = await make();
      await disk.makeFolder('a/b');
      await disk.makeFolder('a/b');
      for (const name of ['a/z', 'a/c', 'a/B']) await touch(disk, name);
      await disk.unlink('a/c');
      expect(await disk.list('a')).toEqual([
        { name: 'B', kind: 'file' },
        { name: 'b', kind: 'folder' },
        { name: 'z', kind: 'file' },
      ]);
      await disk.syncFolder('a');
    });

    test('opening to create leaves the content of a file alone', async () => {
      const disk = await make();
      await writeFileAtomically(disk, 'file', Uint8Array.of(5));
      await touch(disk, 'file');
      expect(await readWholeFile(disk, 'file')).toEqual(Uint8Array.of(5));
    });

    test('renaming replaces what had the new name', async () => {
      const disk = await make();
      await writeFileAtomically(disk, 'file', Uint8Array.of(1, 2, 3));
      await writeFileAtomically(disk, 'file', Uint8Array.of(4));
      expect(await readWholeFile(disk, 'file')).toEqual(Uint8Array.of(4));
      expect(await readWholeFile(disk, 'other')).toBeUndefined();
      expect((await disk.list('')).map((entry) => entry.name)).toEqual(['file']);
    });

    test('a lock is held by one, until it is given back', async () => {
      const disk = await make();
      await disk.makeFolder('a');
      const held = await disk.lock('a/lock');
      await expect(disk.lock('a/lock')).rejects.toMatchObject({ code: 'locked' });
      await held[Symbol.asyncDispose]();
      await using _again = await disk.lock('a/lock');
    });

    test('space is told, and some of it is free', async () => {
      const disk = await make();
      const { freeBytes, totalBytes } = await disk.space();
      expect(freeBytes).toBeGreaterThan(0);
      expect(totalBytes).toBeGreaterThanOrEqual(freeBytes);
    });
  });
}

/** Blocks of which each is filled with its number, from `first` on. */
function blocks(disk: Disk, count: number, first: number): Uint8Array {
  const memory = disk.allocate(count * BLOCK);
  for (let i = 0; i < count; i++) memory.fill(first + i, i * BLOCK, (i + 1) * BLOCK);
  return memory;
}

/** The first byte of each block, as far as the file goes. */
async function firstBytes(disk: Disk, file: DiskFile, count: number): Promise<number[]> {
  const memory = disk.allocate(count * BLOCK);
  const bytes = await file.read(memory, 0);
  return Array.from({ length: bytes / BLOCK }, (_, i) => memory[i * BLOCK] ?? 0);
}

async function touch(disk: Disk, path: string): Promise<void> {
  await using _file = await disk.open(path, { mode: 'create' });
}
