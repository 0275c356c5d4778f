import { readFileSync } from 'node:fs';
import { blake3Hasher } from '@holdfast/crypto';
import type { JournalTail, SnapshotStamp, Snapshots } from '@holdfast/contracts';
import { utf8, writeFileAtomically } from '@holdfast/kernel';
import { type SimulatedDisk, seededRandom, simulatedDisk } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { openSnapshots } from './open-snapshots.ts';

const hasher = blake3Hasher;
const PIECES = [utf8('first'), new Uint8Array(10_000).fill(7), utf8('third')];

function open(machine: SimulatedDisk, notices: string[] = []): Promise<Snapshots> {
  const notice = (text: string): number => notices.push(text);
  return openSnapshots({ disk: machine.mount(), folder: 'snapshots', hasher, notice });
}

function stampAt(number: number): SnapshotStamp {
  const base: JournalTail = { epoch: 3, number, hash: new Uint8Array(32).fill(number) };
  return { base, upTo: number + 5, timeMs: 1_000 + number, pieces: PIECES.length };
}

async function write(snapshots: Snapshots, stamp: SnapshotStamp): Promise<void> {
  await snapshots.begin(stamp.base);
  for (const [index, piece] of PIECES.entries()) await snapshots.add(index, piece);
  await snapshots.finish(stamp);
}

async function contentOf(snapshots: Snapshots, stamp: SnapshotStamp): Promise<Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  for (let index = 0; index < stamp.pieces; index++) {
    pieces.push(await snapshots.read(stamp, index));
  }
  return pieces;
}

test('a snapshot that was finished is there after reopening, with older ones until they are forgotten', async () => {
  const machine = simulatedDisk();
  const first = await open(machine);
  await write(first, stampAt(10));
  await write(first, stampAt(20));
  machine.crash();
  const second = await open(machine);
  expect(second.all).toEqual([stampAt(10), stampAt(20)]);
  expect(await contentOf(second, stampAt(10))).toEqual(PIECES);
  await second.forget(100);
  machine.crash();
  const third = await open(machine);
  expect(third.all).toEqual([stampAt(20)]);
  expect(await contentOf(third, stampAt(20))).toEqual(PIECES);
  expect((await machine.mount().list('snapshots')).length).toBe(2);
});

test('one is there as a whole or not at all, whenever the power goes', async () => {
  const outcomes = new Set<number>();
  for (let seed = 0; seed < 80; seed++) {
    const machine = simulatedDisk({ random: seededRandom(seed) });
    const snapshots = await open(machine);
    await write(snapshots, stampAt(10));
    const crashAt = machine.operations + 1 + (seed % 20);
    await new Promise<void>((resolve) => {
      machine.fault = ({ number }) => {
        if (number !== crashAt) return;
        machine.crash();
        resolve();
      };
      write(snapshots, stampAt(20))
        .then(() => snapshots.forget(20))
        .then(resolve, resolve);
    });
    machine.fault = undefined;
    machine.kill();
    const again = await open(machine);
    const newest = again.all.at(-1);
    outcomes.add(newest?.base.number ?? 0);
    for (const stamp of again.all) expect(await contentOf(again, stamp)).toEqual(PIECES);
    await write(again, stampAt(30));
    await again.forget(30);
    expect(again.all).toEqual([stampAt(30)]);
  }
  expect(outcomes).toEqual(new Set([10, 20]));
});

test('pieces must come in order and all, and may come twice', async () => {
  const snapshots = await open(simulatedDisk());
  await expect(snapshots.add(0, utf8('x'))).rejects.toMatchObject({ code: 'invalid-argument' });
  const stamp = stampAt(10);
  await snapshots.begin(stamp.base);
  await expect(snapshots.add(1, utf8('x'))).rejects.toMatchObject({ code: 'invalid-argument' });
  for (const index of [0, 0, 1, 0, 1, 2]) await snapshots.add(index, PIECES[index] as Uint8Array);
  await expect(snapshots.finish({ ...stamp, pieces: 4 })).rejects.toMatchObject({
    code: 'invalid-argument',
  });
  await snapshots.finish(stamp);
  expect(await contentOf(snapshots, stamp)).toEqual(PIECES);
});

test('a damaged piece is reported, and a damaged stamp counts for nothing', async () => {
  const machine = simulatedDisk();
  const snapshots = await open(machine);
  await write(snapshots, stampAt(10));
  await write(snapshots, stampAt(20));
  machine.corrupt('snapshots/snapshot-000000000000020.pieces', 600);
  await expect(contentOf(snapshots, stampAt(20))).rejects.toMatchObject({ code: 'damaged' });
  machine.corrupt('snapshots/snapshot-000000000000020.stamp', 30);
  const notices: string[] = [];
  expect((await open(machine, notices)).all).toEqual([stampAt(10)]);
  expect(notices.join()).toContain('000020.stamp');
});

test('a snapshot of format 1 is read, a newer one is refused', async () => {
  const machine = simulatedDisk();
  const disk = machine.mount();
  await disk.makeFolder('snapshots');
  for (const kind of ['pieces', 'stamp']) {
    const bytes = readFileSync(new URL(`./fixtures/snapshot-1.${kind}`, import.meta.url));
    await writeFileAtomically(disk, `snapshots/snapshot-000000000000010.${kind}`, bytes);
  }
  const snapshots = await open(machine);
  expect(snapshots.all).toEqual([stampAt(10)]);
  expect(await contentOf(snapshots, stampAt(10))).toEqual(PIECES);
  const line = '{"format":42}';
  const hash = Buffer.from(hasher.hash([utf8(line)])).toString('hex');
  const path = 'snapshots/snapshot-000000000000011.stamp';
  await writeFileAtomically(disk, path, utf8(`${line}\n${hash}\n`));
  await expect(open(machine)).rejects.toMatchObject({ code: 'format-mismatch' });
});

test('a stamp that is damaged while its snapshot is open is found, and it can be discarded', async () => {
  const machine = simulatedDisk();
  const snapshots = await open(machine);
  await write(snapshots, stampAt(10));
  await write(snapshots, stampAt(20));
  await snapshots.verifyStamp(stampAt(20));
  const disk = machine.mount();
  await writeFileAtomically(disk, 'snapshots/snapshot-000000000000020.stamp', utf8('{"format":1'));
  await expect(snapshots.verifyStamp(stampAt(20))).rejects.toMatchObject({ code: 'damaged' });
  await snapshots.discard(stampAt(20));
  expect(snapshots.all).toEqual([stampAt(10)]);
  expect((await disk.list('snapshots')).length).toBe(2);
});
