import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { directoryId, storeId } from '@holdfast/contracts';
import { simulatedDisk } from '@holdfast/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LocalAgreement, localAgreement } from './local-agreement.ts';
import { nodeDisk } from './node-disk.ts';

const PATH = 'frontend/agreement.json';
const DIRECTORY = directoryId.parse('d'.repeat(32));
const STORE = storeId.parse('1'.repeat(32));

let root: string;
let file: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'agreement-'));
  file = join(root, PATH);
});
afterEach(() => rm(root, { recursive: true }));
const open = (): LocalAgreement => localAgreement(nodeDisk(root), PATH);

test('each coordinator gets a higher epoch, and finds the view and roster that were left', async () => {
  const view = { number: 4, stores: [STORE] };
  const roster = [{ store: STORE, name: 'server-1' }];
  {
    await using first = open();
    expect(await first.read()).toBeUndefined();
    expect(await first.become(DIRECTORY)).toMatchObject({ directory: DIRECTORY, epoch: 1 });
    await first.update(1, view, roster);
  }
  await using second = open();
  const other = directoryId.parse('e'.repeat(32));
  expect(await second.become(other)).toEqual({ directory: DIRECTORY, epoch: 2, view, roster });
  await expect(second.update(1, view, roster)).rejects.toMatchObject({ code: 'stale-epoch' });
});

test('a second frontend on the same folder is refused, and says what to do', async () => {
  await using first = open();
  await first.become(DIRECTORY);
  await using second = open();
  await expect(second.become(DIRECTORY)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringMatching(/Another frontend.*Stop that one first/),
  });
});

test('a damaged file and one of a newer format are refused, each in its way', async () => {
  {
    await using first = open();
    await first.become(DIRECTORY);
  }
  const content = await readFile(file, 'utf8');
  await writeFile(file, content.slice(0, 40));
  await expect(open().read()).rejects.toMatchObject({ code: 'damaged' });
  await writeFile(file, content.replace('"format": 1', '"format": 2'));
  await expect(open().read()).rejects.toThrow(/format 2.*format 1/);
});

test('a full disk takes further views, one after the other', async () => {
  const machine = simulatedDisk();
  await using agreement = localAgreement(machine.mount(), PATH);
  await agreement.become(DIRECTORY);
  const { freeBytes, totalBytes } = await machine.mount().space();
  machine.capacityBytes = totalBytes - freeBytes;
  for (let number = 1; number <= 10; number++) {
    await agreement.update(1, { number, stores: [STORE] }, []);
    expect((await agreement.read())?.view.number).toBe(number);
  }
});
