import { expect, test } from 'vitest';
import { type Disk, DISK_BLOCK_BYTES, readWholeFile, writeFileAtomically } from '@holdfast/kernel';
import { diskSuite } from '../disk/disk-suite.ts';
import { simulatedDisk } from './disk.ts';
import { seededRandom } from './random.ts';

diskSuite('the simulated disk', async () => simulatedDisk().mount());

async function write(disk: Disk, path: string, bytes: Uint8Array, sync: boolean): Promise<void> {
  await using file = await disk.open(path, { mode: 'create' });
  await file.write(bytes, 0);
  if (sync) await file.sync();
}

test('what was synced survives every power cut', async () => {
  for (let seed = 0; seed < 50; seed++) {
    const machine = simulatedDisk({ random: seededRandom(seed) });
    const disk = machine.mount();
    await write(disk, 'file', new Uint8Array(10_000).fill(7), true);
    await disk.syncFolder('');
    machine.crash();
    expect(await readWholeFile(machine.mount(), 'file')).toEqual(new Uint8Array(10_000).fill(7));
  }
});

test('unsynced pages, sizes and names are lost each by itself', async () => {
  const seen = new Set<string>();
  for (let seed = 0; seed < 200; seed++) {
    const machine = simulatedDisk({ random: seededRandom(seed) });
    const disk = machine.mount();
    await write(disk, 'old', new Uint8Array(2 * DISK_BLOCK_BYTES).fill(1), true);
    await disk.syncFolder('');
    await write(disk, 'old', new Uint8Array(3 * DISK_BLOCK_BYTES).fill(2), false);
    await write(disk, 'new', Uint8Array.of(1), true);
    machine.crash();
    const old = (await readWholeFile(machine.mount(), 'old')) ?? new Uint8Array(0);
    const pages = [0, 1, 2].map((page) => {
      const bytes = new Set(old.subarray(page * DISK_BLOCK_BYTES, (page + 1) * DISK_BLOCK_BYTES));
      return bytes.size > 1 ? 'torn' : ([...bytes][0] ?? '-');
    });
    const names = (await machine.mount().list('')).length;
    seen.add(`${pages[0]} ${pages[1]} ${names}`);
    seen.add(`third ${pages[2]}`);
  }
  for (const what of ['1 1 1', '1 2 1', '2 1 1', '2 2 1', '1 1 2', '2 2 2', 'torn 1 1']) {
    expect(seen).toContain(what);
  }
  expect([...seen].filter((what) => what.startsWith('third')).sort()).toEqual(
    ['third -', 'third 0', 'third 2', 'third torn'].sort(),
  );
});

test('after a failed sync later syncs succeed, and do not bring back what was dropped', async () => {
  const lost = new Set<boolean>();
  for (let seed = 0; seed < 50; seed++) {
    const machine = simulatedDisk({ random: seededRandom(seed) });
    const disk = machine.mount();
    await using file = await disk.open('file', { mode: 'create' });
    await file.write(new Uint8Array(DISK_BLOCK_BYTES).fill(1), 0);
    machine.fault = ({ kind }) => (kind === 'sync' ? 'io' : undefined);
    await expect(file.sync()).rejects.toMatchObject({ code: 'io' });
    machine.fault = undefined;
    await file.sync();
    await disk.syncFolder('');
    machine.crash();
    lost.add((await readWholeFile(machine.mount(), 'file'))?.[0] !== 1);
  }
  expect(lost).toEqual(new Set([true, false]));
});

test('a small file that is replaced has its old content or its new one, whenever the power goes', async () => {
  const outcomes = new Set<string>();
  for (let seed = 0; seed < 150; seed++) {
    const machine = simulatedDisk({ random: seededRandom(seed) });
    const before = new Uint8Array(5000).fill(1);
    const after = new Uint8Array(9000).fill(2);
    await writeFileAtomically(machine.mount(), 'file', before);
    const crashAt = machine.operations + 1 + (seed % 9);
    await new Promise<void>((resolve) => {
      machine.fault = ({ number }) => {
        if (number !== crashAt) return;
        machine.crash();
        resolve();
      };
      writeFileAtomically(machine.mount(), 'file', after).then(resolve, resolve);
    });
    machine.fault = undefined;
    const found = await readWholeFile(machine.mount(), 'file');
    expect([before, after]).toContainEqual(found);
    outcomes.add(String(found?.[0]));
  }
  expect(outcomes).toEqual(new Set(['1', '2']));
});

test('a full disk takes part of a write and says so', async () => {
  const machine = simulatedDisk({ capacityBytes: 4 * DISK_BLOCK_BYTES });
  const disk = machine.mount();
  await using file = await disk.open('file', { mode: 'create' });
  const tooLarge = file.write(new Uint8Array(5 * DISK_BLOCK_BYTES), 0);
  await expect(tooLarge).rejects.toMatchObject({ code: 'no-space' });
  await file.truncate(0);
  await file.write(new Uint8Array(4 * DISK_BLOCK_BYTES).fill(1), 0);
  expect((await disk.space()).freeBytes).toBe(0);
  await disk.unlink('file');
  expect((await disk.space()).freeBytes).toBe(4 * DISK_BLOCK_BYTES);
});

test('a disk that is set back has what was on stable storage at the time of the copy, and no more', async () => {
  const machine = simulatedDisk();
  const before = machine.mount();
  await write(before, 'old', Uint8Array.of(1), true);
  await before.syncFolder('');
  await write(before, 'old', Uint8Array.of(2), false);
  const snapshot = machine.snapshot();
  await write(before, 'old', Uint8Array.of(3), true);
  await write(before, 'new', Uint8Array.of(4), true);
  await before.syncFolder('');
  machine.restore(snapshot);
  const after = machine.mount();
  expect(await readWholeFile(after, 'old')).toEqual(Uint8Array.of(1));
  expect(await readWholeFile(after, 'new')).toBeUndefined();
  await write(after, 'old', Uint8Array.of(5), true);
  machine.restore(snapshot);
  expect(await readWholeFile(machine.mount(), 'old')).toEqual(Uint8Array.of(1));
});
