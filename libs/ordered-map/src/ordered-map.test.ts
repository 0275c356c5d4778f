import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OrderedMap, isHoldfastError } from '@holdfast/contracts';
import { orderedMapSuite } from '@holdfast/testkit';
import { utf8 } from '@holdfast/kernel';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { levelMap } from './level-map.ts';
import { ORDERED_MAP_LIMITS } from './limits.ts';
import { memoryMap } from './memory-map.ts';

let root: string;
let made = 0;
beforeAll(async () => void (root = await mkdtemp(join(tmpdir(), 'ordered-map-'))));
afterAll(() => rm(root, { recursive: true }));
const newFolder = (): string => join(root, `map-${++made}`);

orderedMapSuite('levelMap', () => levelMap(newFolder()));
orderedMapSuite('memoryMap', async () => memoryMap());

const KEY = utf8('key');
const VALUE = utf8('a value that is easily found in a file');

async function filledFolder(): Promise<string> {
  const folder = newFolder();
  await using map = await levelMap(folder);
  await map.apply([{ key: KEY, value: VALUE }]);
  return folder;
}

test('what was applied is there after a clean restart', async () => {
  await using map = await levelMap(await filledFolder());
  expect(await map.get(KEY)).toEqual(VALUE);
});

test('a scan of more bytes than are taken from LevelDB at once gives all that it was asked for', async () => {
  await using map = await levelMap(newFolder());
  const value = new Uint8Array(ORDERED_MAP_LIMITS.scanBytes / 4);
  const keys = Array.from({ length: 9 }, (_, i) => Uint8Array.of(i));
  await map.apply(keys.map((key) => ({ key, value })));
  const found = await map.range({ from: Uint8Array.of(0), to: Uint8Array.of(9), limit: 9 });
  expect(found.map(([key]) => key)).toEqual(keys);
});

test('a scan that was told that keys are text gives the same, whether they are or not', async () => {
  await using map = await levelMap(newFolder());
  const value = utf8('value');
  const texts = ['a', 'ab', 'b\0', 'é', '\uFFFD', '\u{1F600}'].map(utf8);
  await map.apply(texts.map((key) => ({ key, value })));
  const range = { from: utf8('a'), to: Uint8Array.of(0xff), limit: 10 };
  const same = async (): Promise<void> => {
    for (const to of [range.to, utf8('b'), utf8('z'), utf8('\uFFFC')]) {
      for (const reverse of [false, true]) {
        const asked = { ...range, to, reverse };
        expect(await map.range({ ...asked, textKeys: true })).toEqual(await map.range(asked));
      }
    }
  };
  await same();
  await map.apply([{ key: Uint8Array.of(0x61, 0xff, 0x01), value }]);
  await same();
});

test('a second opening is refused, and says why', async () => {
  const folder = newFolder();
  await using _first = await levelMap(folder);
  await expect(levelMap(folder)).rejects.toMatchObject({
    code: 'unavailable',
    message: expect.stringContaining('in use by another process'),
  });
});

test('no damaged byte of a stored value is ever returned as that value', async () => {
  const folder = await filledFolder();
  const files = (await readdir(folder)).filter((name) => /\.(log|ldb)$/.test(name));
  let struck = 0;
  for (const name of files) {
    const path = join(folder, name);
    const content = await readFile(path);
    const at = content.indexOf(VALUE);
    if (at < 0) continue;
    content[at + 3] = (content[at + 3] ?? 0) ^ 1;
    await writeFile(path, content);
    struck++;
  }
  expect(struck).toBeGreaterThan(0);
  await using map = await levelMap(folder);
  expect(await read(map)).not.toBe('a wrong value');
});

/** Losing the value is allowed, since it is replayed; a wrong one is not. */
async function read(map: OrderedMap): Promise<string> {
  try {
    const value = await map.get(KEY);
    return value === undefined ? 'lost' : 'a wrong value';
  } catch (error) {
    if (isHoldfastError(error, 'damaged')) return 'reported';
    throw error;
  }
}

test('a map that cannot be opened for damage is begun anew, and its owner is told', async () => {
  const folder = await filledFolder();
  const manifest = (await readdir(folder)).find((name) => name.startsWith('MANIFEST'));
  await writeFile(join(folder, manifest ?? ''), 'no manifest at all');
  const damage: Error[] = [];
  await using map = await levelMap(folder, { onDiscarded: (error) => damage.push(error) });
  expect(damage).toMatchObject([{ code: 'damaged' }]);
  expect(await map.get(KEY)).toBeUndefined();
});
