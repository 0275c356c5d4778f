import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Hasher, directoryId, storeId } from '@holdfast/contracts';
import type { ByteParts } from '@holdfast/kernel';
import { simulatedDisk } from '@holdfast/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type LocalAgreement, localAgreement } from './local-agreement.ts';
import { nodeDisk } from './node-disk.ts';

const PATH = 'frontend/agreement.json';
const DIRECTORY = directoryId.parse('d'.repeat(32));
const STORE = storeId.parse('1'.repeat(32));

/** One that this layer has at hand. */
const hasher: Hasher = {
  hash: (parts) => digest('sha256', parts),
  keyed: (key, parts) => digest('sha256', [key, ...parts]),
};

function digest(algorithm: string, parts: ByteParts): Uint8Array {
  const hash = createHash(algorithm);
  for (const part of parts) hash.update(part);
  return new Uint8Array(hash.digest());
}

/** As programs wrote it before it had a seal. */
const FORMAT_1 = `{
  "format": 1,
  "directory": "${DIRECTORY}",
  "epoch": 7,
  "view": {
    "number": 4,
    "stores": [
      "${STORE}"
    ]
  },
  "roster": [
    {
      "store": "${STORE}",
      "name": "server-1"
    }
  ]
}
`;

let root: string;
let file: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'agreement-'));
  file = join(root, PATH);
});
afterEach(() => rm(root, { recursive: true }));
const open = (): LocalAgreement => localAgreement(nodeDisk(root), PATH, hasher);

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

test('a file of which any byte is damaged is refused, and the message says what to do', async () => {
  {
    await using first = open();
    await first.become(DIRECTORY);
    await first.update(1, { number: 4, stores: [STORE] }, [{ store: STORE, name: 'server-1' }]);
  }
  const content = await readFile(file);
  for (let at = 0; at < content.length; at++) {
    const flipped = Buffer.from(content);
    flipped.writeUInt8(flipped.readUInt8(at) ^ (1 << (at % 8)), at);
    await writeFile(file, flipped);
    await expect(open().read(), `byte ${at}`).rejects.toMatchObject({
      code: expect.stringMatching(/damaged|format-mismatch/),
    });
  }
  await writeFile(file, content.subarray(0, 40));
  await expect(open().read()).rejects.toMatchObject({
    code: 'damaged',
    message: expect.stringMatching(/Check the disk.*holdfast rebuild/),
  });
});

test('a file of a newer format is refused', async () => {
  await mkdir(join(root, 'frontend'));
  await writeFile(file, FORMAT_1.replace('"format": 1', '"format": 3'));
  await expect(open().read()).rejects.toThrow(/format 3.*format 2/);
});

test('a file of format 1 is read, and is sealed with the next change', async () => {
  await mkdir(join(root, 'frontend'));
  await writeFile(file, FORMAT_1);
  const view = { number: 4, stores: [STORE] };
  const roster = [{ store: STORE, name: 'server-1' }];
  await using agreement = open();
  expect(await agreement.read()).toEqual({ directory: DIRECTORY, epoch: 7, view, roster });
  await agreement.become(DIRECTORY);
  expect(await readFile(file, 'utf8')).toMatch(/"format": 2,\n {2}"seal": "[0-9a-f]{64}"/);
  expect(await agreement.read()).toEqual({ directory: DIRECTORY, epoch: 8, view, roster });
});

test('damage while its frontend runs is written over with the next view', async () => {
  await using agreement = open();
  await agreement.become(DIRECTORY);
  await writeFile(file, 'something else');
  const view = { number: 1, stores: [STORE] };
  await agreement.update(1, view, []);
  expect(await agreement.read()).toMatchObject({ directory: DIRECTORY, epoch: 1, view });
});

test('damage while its frontend runs is found and mended, and so is a file that is gone', async () => {
  await using agreement = open();
  await agreement.become(DIRECTORY);
  expect(await agreement.mend()).toBeUndefined();
  const whole = await readFile(file, 'utf8');
  for (const damaged of [whole.replace('d', 'e'), whole.replace('2', '3'), whole.slice(1)]) {
    await writeFile(file, damaged);
    expect(await agreement.mend()).toContain(PATH);
    expect(await readFile(file, 'utf8')).toBe(whole);
  }
  await rm(file);
  expect(await agreement.mend()).toContain('is gone');
  expect(await readFile(file, 'utf8')).toBe(whole);
});

test('a file that cannot be read any more is written anew elsewhere on the disk', async () => {
  const machine = simulatedDisk();
  await using agreement = localAgreement(machine.mount(), PATH, hasher);
  const { epoch } = await agreement.become(DIRECTORY);
  machine.fault = ({ kind, path }) => (kind === 'read' && path === PATH ? 'io' : undefined);
  expect(await agreement.mend()).toContain('fails');
  machine.fault = undefined;
  expect(await agreement.read()).toMatchObject({ directory: DIRECTORY, epoch });
});

test('a full disk takes further views, one after the other', async () => {
  const machine = simulatedDisk();
  await using agreement = localAgreement(machine.mount(), PATH, hasher);
  await agreement.become(DIRECTORY);
  const { freeBytes, totalBytes } = await machine.mount().space();
  machine.capacityBytes = totalBytes - freeBytes;
  for (let number = 1; number <= 10; number++) {
    await agreement.update(1, { number, stores: [STORE] }, []);
    expect((await agreement.read())?.view.number).toBe(number);
  }
});
