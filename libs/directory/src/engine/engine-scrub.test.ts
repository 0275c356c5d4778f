import { HoldfastError, type OrderedMap } from '@holdfast/contracts';
import { utf8 } from '@holdfast/kernel';
import { type SimulatedClock, simulatedClock } from '@holdfast/testkit';
import { describe, expect, test } from 'vitest';
import type { Engine } from './engine.ts';
import type { DirectoryFindings } from './engine-scrub.ts';
import { engineKey, tableKey } from './keys.ts';
import { encodeCounter } from './counter-value.ts';
import { EngineScene, get, put, texts } from './testing/engine-scene.ts';

const NAMES = 120;

type Scene = EngineScene<SimulatedClock>;

/** A directory with a snapshot and a journal behind it. */
async function begun(): Promise<{ scene: Scene; engine: Engine }> {
  const scene: Scene = new EngineScene(simulatedClock());
  scene.snapshotBytes = 8_000;
  const engine = await scene.start();
  for (let i = 0; i < NAMES; i++) await write(scene, engine, i);
  await scene.clock.advance(10_000);
  expect(scene.snapshots.all.length).toBeGreaterThan(0);
  for (let i = 0; i < 20; i++) await write(scene, engine, i);
  await engine.transact(async (tx) => tx.delete(texts, 'name 7'));
  return { scene, engine };
}

async function write(scene: Scene, engine: Engine, i: number): Promise<void> {
  await put(engine, `name ${i}`, `text ${i}`);
  await engine.transact(async (tx) => tx.add('writes', 1));
  await scene.clock.advance(5);
}

async function scrubbed(scene: Scene, engine: Engine): Promise<DirectoryFindings> {
  let done = false;
  const scrub = engine.scrub(async () => {}).finally(() => void (done = true));
  // Somebody writes all the while.
  const write50 = async (): Promise<void> => {
    for (let i = 0; !done; i++) await write(scene, engine, NAMES + (i % 50)).catch(() => {});
  };
  const [findings] = await Promise.all([scrub, write50()]);
  return findings;
}

async function expectWhole(engine: Engine): Promise<void> {
  expect(await get(engine, 'name 7')).toBeUndefined();
  for (const i of [0, 5, 80, NAMES - 1]) expect(await get(engine, `name ${i}`)).toBe(`text ${i}`);
  expect(await engine.query((tx) => tx.counter('writes'))).toBeGreaterThan(NAMES);
}

test('a directory that is whole is found so, also while others write', async () => {
  const { scene, engine } = await begun();
  expect(await scrubbed(scene, engine)).toEqual({ damage: [], repaired: 0 });
  await expectWhole(engine);
});

test('a directory without a snapshot is compared with its journal', async () => {
  const scene: Scene = new EngineScene(simulatedClock());
  const engine = await scene.start();
  for (let i = 0; i < 10; i++) await write(scene, engine, i);
  expect(await scrubbed(scene, engine)).toEqual({ damage: [], repaired: 0 });
  await scene.map.apply([{ key: tableKey(texts, ['name 3']), value: undefined }]);
  expect((await scrubbed(scene, engine)).damage).toHaveLength(1);
  expect(await get(engine, 'name 3')).toBe('text 3');
});

describe.for([
  ['an entry that is old and gone', tableKey(texts, ['name 80']), undefined],
  ['an entry that is new and gone', tableKey(texts, ['name 5']), undefined],
  ['the last entry gone', tableKey(texts, ['name 99']), undefined],
  ['another value than was written', tableKey(texts, ['name 80']), utf8('another')],
  ['an entry that was deleted', tableKey(texts, ['name 7']), utf8('text 7')],
  ['an entry that never was', tableKey(texts, ['name a']), utf8('text a')],
  ['a counter that is gone', engineKey('counter', 'writes'), undefined],
  ['a wrong counter', engineKey('counter', 'writes'), encodeCounter({ value: 3, upTo: 200 })],
] as const)('a map with %s', ([, key, value]) => {
  test('is found by scrubbing, and made anew', async () => {
    const { scene, engine } = await begun();
    await scene.map.apply([{ key, value }]);
    const { damage, repaired } = await scrubbed(scene, engine);
    expect(damage).toEqual([expect.stringContaining("directory's map")]);
    expect(repaired).toBe(1);
    await expectWhole(engine);
    expect((await scrubbed(scene, engine)).damage).toEqual([]);
  });

  test('does not become a snapshot', async () => {
    const { scene, engine } = await begun();
    const known = scene.snapshots.all.at(-1)?.base.number ?? 0;
    await scene.map.apply([{ key, value }]);
    for (let i = 0; i < NAMES; i++) await write(scene, engine, NAMES + (i % 50)).catch(() => {});
    await scene.clock.advance(200_000);
    await write(scene, engine, 0);
    await scene.clock.advance(200_000);
    expect(scene.snapshots.all.at(-1)?.base.number).toBeGreaterThan(known);
    await expectWhole(engine);
    await scene.crash();
    await expectWhole(await scene.start());
  });
});

test('a map with a value that cannot be read is made anew', async () => {
  const { scene, engine } = await begun();
  damageValues(scene.map);
  const { damage, repaired } = await scrubbed(scene, engine);
  expect(damage).toEqual(['The stored value has a wrong checksum.']);
  expect(repaired).toBe(1);
  await expectWhole(engine);
});

test('a map with a value that cannot be read does not keep a frontend from starting', async () => {
  const { scene } = await begun();
  await scene.crash();
  damageValues(scene.map);
  await expectWhole(await scene.start());
});

/** Nothing can be read page by page until the map is begun anew. */
function damageValues(map: OrderedMap): void {
  const range = map.range.bind(map);
  const clear = map.clear.bind(map);
  map.range = () => {
    throw new HoldfastError('damaged', 'The stored value has a wrong checksum.');
  };
  map.clear = async () => {
    map.range = range;
    await clear();
  };
}

test('an agreement that was damaged is written anew', async () => {
  const { scene, engine } = await begun();
  const found = ['The agreement is damaged.'];
  scene.agreement.mend = async () => found.pop();
  expect(await scrubbed(scene, engine)).toEqual({
    damage: ['The agreement is damaged.'],
    repaired: 1,
  });
  expect(await scrubbed(scene, engine)).toEqual({ damage: [], repaired: 0 });
});

test('a journal that is damaged gives way to a new snapshot, here alone', async () => {
  const { scene, engine } = await begun();
  const damagedAt = scene.journal.tail.number - 5;
  scene.journal.damagedAt = damagedAt;
  const { damage, repaired } = await scrubbed(scene, engine);
  expect(damage).toEqual(['A record is damaged.']);
  expect(repaired).toBe(1);
  expect(scene.journal.first).toBeGreaterThan(damagedAt);
  expect((await scrubbed(scene, engine)).damage).toEqual([]);
  await expectWhole(engine);
});

test('a snapshot that is damaged gives way to a new one', async () => {
  const { scene, engine } = await begun();
  const read = scene.snapshots.read.bind(scene.snapshots);
  const [damaged] = scene.snapshots.all;
  scene.snapshots.read = async (stamp, index) =>
    await read(stamp, stamp.base.number === damaged?.base.number ? 1_000 : index);
  const { damage, repaired } = await scrubbed(scene, engine);
  expect(damage).toHaveLength(1);
  expect(repaired).toBe(1);
  expect(scene.snapshots.all).not.toContain(damaged);
  expect((await scrubbed(scene, engine)).damage).toEqual([]);
});

test('a map, a journal and a snapshot that are damaged at once are made whole from a store', async () => {
  const { scene, engine } = await begun();
  scene.journal.damagedAt = scene.journal.tail.number - 5;
  const [damaged] = scene.snapshots.all;
  const read = scene.snapshots.read.bind(scene.snapshots);
  scene.snapshots.read = async (stamp, index) =>
    await read(stamp, stamp.base.number === damaged?.base.number ? 1_000 : index);
  await scene.map.apply([{ key: tableKey(texts, ['name 80']), value: undefined }]);
  const { damage, repaired } = await scrubbed(scene, engine);
  expect(damage).toHaveLength(3);
  expect(repaired).toBe(3);
  await expectWhole(engine);
  expect((await scrubbed(scene, engine)).damage).toEqual([]);
});
