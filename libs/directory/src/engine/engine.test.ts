import { HoldfastError, type OrderedMap } from '@holdfast/contracts';
import { deferred } from '@holdfast/kernel';
import { type SimulatedClock, simulatedClock } from '@holdfast/testkit';
import { describe, expect, test } from 'vitest';
import { ENGINE_LIMITS } from './limits.ts';
import { EngineScene, get, put, texts } from './testing/engine-scene.ts';
import { MemoryJournal } from './testing/memory-journal.ts';
import { plainHasher } from './testing/plain-hasher.ts';
import { SmallMap } from './testing/small-map.ts';

const newScene = (stores?: number): EngineScene<SimulatedClock> =>
  new EngineScene(simulatedClock(), stores);

describe('no space for the journal', () => {
  const full = (journal: MemoryJournal): void => {
    journal.beforeAppend = (_, freesSpace) => {
      if (!freesSpace) throw new HoldfastError('no-space', 'The disk is full.');
    };
  };

  test('refuses changes but not what frees space, and ends by itself', async () => {
    const scene = newScene();
    const engine = await scene.start();
    await put(engine, 'a', '1');
    full(scene.journal);
    const results = await Promise.allSettled([
      put(engine, 'b', '1'),
      engine.transact(async (tx) => tx.delete(texts, 'a'), undefined, { frees: true }),
      put(engine, 'c', '1'),
    ]);
    expect(results).toMatchObject([
      { reason: { code: 'no-space' } },
      { status: 'fulfilled' },
      { reason: { code: 'no-space' } },
    ]);
    expect(await engine.query((tx) => tx.range(texts, { prefix: [], limit: 9 }))).toEqual([]);
    scene.journal.beforeAppend = () => {};
    await scene.clock.advance(ENGINE_LIMITS.noSpacePauseMs);
    await put(engine, 'b', '2');
    expect(await get(engine, 'b')).toBe('2');
  });

  test('takes nothing from a transaction that saw a change which came to nothing', async () => {
    const scene = newScene();
    const engine = await scene.start();
    const failing = deferred();
    scene.journal.beforeAppend = async (_, freesSpace) => {
      await failing.promise;
      if (!freesSpace) throw new HoldfastError('no-space', 'The disk is full.');
    };
    const first = put(engine, 'a', '1');
    await scene.clock.settle();
    const seen: (string | undefined)[] = [];
    const second = engine.transact(
      async (tx) => {
        seen.push(await tx.get(texts, 'a'));
        await first.catch(() => {});
        tx.put(texts, 'x', 'b');
      },
      undefined,
      { frees: true },
    );
    await scene.clock.settle();
    failing.resolve();
    await expect(first).rejects.toMatchObject({ code: 'no-space' });
    await second;
    expect(seen).toEqual(['1', undefined]);
  });
});

test('no space for the map refuses changes but not what frees space, and ends by itself', async () => {
  const scene = newScene();
  const engine = await scene.start();
  await put(engine, 'a', '1');
  await scene.clock.settle();
  const { map } = scene;
  const apply = map.apply.bind(map);
  map.apply = () => Promise.reject(new HoldfastError('no-space', 'The disk is full.'));
  await put(engine, 'b', '1');
  await scene.clock.settle();
  await expect(put(engine, 'c', '1')).rejects.toMatchObject({ code: 'no-space' });
  await engine.transact(async (tx) => tx.delete(texts, 'a'), undefined, { frees: true });
  await scene.clock.advance(2 * ENGINE_LIMITS.noSpacePauseMs);
  await expect(put(engine, 'c', '1')).rejects.toMatchObject({ code: 'no-space' });
  expect(await get(engine, 'a')).toBeUndefined();
  map.apply = apply;
  await scene.clock.advance(ENGINE_LIMITS.noSpacePauseMs);
  await put(engine, 'c', '1');
  expect(await get(engine, 'b')).toBe('1');
});

test('a journal that fails ends writing for good, and reading goes on', async () => {
  const scene = newScene();
  const engine = await scene.start();
  await put(engine, 'a', '1');
  scene.journal.beforeAppend = () => {
    throw new HoldfastError('poisoned', 'The sync failed.');
  };
  await expect(put(engine, 'a', '2')).rejects.toMatchObject({ code: 'poisoned' });
  scene.journal.beforeAppend = () => {};
  await expect(put(engine, 'a', '3')).rejects.toMatchObject({ code: 'poisoned' });
  expect(await get(engine, 'a')).toBe('1');
  expect(engine.status).toMatchObject({ state: 'serving', writable: false });
});

describe('directory time', () => {
  test('runs with the monotonic clock, and never goes back', async () => {
    const scene = newScene();
    const engine = await scene.start();
    const now = (): Promise<number> => engine.query(async (tx) => tx.nowMs);
    const first = await now();
    scene.clock.jumpWall(86_400_000);
    await scene.clock.advance(10);
    expect(await now()).toBe(first + 10);
    await put(engine, 'a', '1');
    scene.clock.jumpWall(-7 * 86_400_000);
    await scene.crash();
    const next = await scene.start();
    expect(await next.query(async (tx) => tx.nowMs)).toBeGreaterThanOrEqual(first + 10);
  });
});

test('followers hear of every commit below their prefix, in order, before it is acknowledged', async () => {
  const engine = await newScene().start();
  const heard: unknown[] = [];
  const following = engine.follow([1, 'folder'], ({ keys }) => heard.push(...keys));
  await Promise.all([put(engine, 'other', 'x'), put(engine, 'folder', '1')]);
  expect(heard).toEqual([[1, 'folder']]);
  following[Symbol.dispose]();
  await put(engine, 'folder', '2');
  expect(heard).toHaveLength(1);
});

describe('the map', () => {
  test('is made anew when a value in it is damaged, and then serves what was committed', async () => {
    const scene = newScene();
    const map = new SmallMap();
    let damaged = false;
    scene.map = Object.assign(Object.create(map) as OrderedMap, {
      get: (key: Uint8Array) => {
        if (damaged) throw new HoldfastError('damaged', 'A wrong checksum.');
        return map.get(key);
      },
      getMany: (keys: readonly Uint8Array[]) => map.getMany(keys),
      range: (range: Parameters<OrderedMap['range']>[0]) => map.range(range),
      apply: (changes: Parameters<OrderedMap['apply']>[0]) => map.apply(changes),
      persist: () => map.persist(),
      clear: async () => {
        damaged = false;
        await map.clear();
      },
    });
    const before = await scene.start();
    await put(before, 'a', '1');
    // What was written lately would be read without the map.
    await before[Symbol.asyncDispose]();
    const engine = await scene.start();
    damaged = true;
    await expect(get(engine, 'a')).rejects.toMatchObject({ code: 'unavailable' });
    await scene.clock.settle();
    expect(await get(engine, 'a')).toBe('1');
    expect(engine.status.writable).toBe(true);
  });

  test('of another journal is not believed', async () => {
    const scene = newScene();
    await put(await scene.start(), 'a', 'mine');
    const other = newScene();
    await put(await other.start(), 'a', 'other');
    await put(await other.start(), 'b', 'other');
    await scene.clock.settle();
    await scene.crash(other.map);
    const engine = await scene.start();
    expect(await get(engine, 'a')).toBe('mine');
    expect(await get(engine, 'b')).toBeUndefined();
  });
});

test('closing lets what is acknowledged reach the map, and refuses the rest', async () => {
  const scene = newScene();
  const engine = await scene.start();
  await put(engine, 'a', '1');
  await engine[Symbol.asyncDispose]();
  await expect(put(engine, 'a', '2')).rejects.toMatchObject({ code: 'unavailable' });
  scene.journal = new MemoryJournal(plainHasher, scene.journal.records);
  const next = await scene.start();
  expect(await get(next, 'a')).toBe('1');
});
