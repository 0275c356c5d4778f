import { type SimulatedClock, simulatedClock } from '@holdfast/testkit';
import { describe, expect, test } from 'vitest';
import { openEngine } from './open-engine.ts';
import { ENGINE_LIMITS } from './limits.ts';
import { countingRandom } from './testing/counting-random.ts';
import { EngineScene, get, put } from './testing/engine-scene.ts';
import { MemoryAgreement } from './testing/memory-agreement.ts';
import { MemoryJournal } from './testing/memory-journal.ts';
import { plainHasher } from './testing/plain-hasher.ts';
import { SmallMap } from './testing/small-map.ts';
import type { TestStore } from './testing/test-store.ts';

type Scene = EngineScene<SimulatedClock>;

/** A directory with one name whose values were all acknowledged by all stores, after a crash. */
async function crashedScene(values: readonly string[], stores = 3): Promise<Scene> {
  const scene = new EngineScene(simulatedClock(), stores);
  const engine = await scene.start();
  for (const value of values) await put(engine, 'a', value);
  await scene.crash();
  return scene;
}

/** Its server found its copy of the journal damaged, and begins with an empty one. */
function damageCopy(store: TestStore): void {
  const { tail } = store.journal;
  store.journal = new MemoryJournal(plainHasher);
  store.journal.quarantined = [{ folder: 'damaged-000000', tail }];
}

function setBack(scene: Scene, records: number): void {
  scene.journal = new MemoryJournal(plainHasher, scene.journal.records.slice(0, -records));
  scene.map = new SmallMap();
}

/** A record of the frontend's own journal is damaged, and the map has to be made anew. */
function damageOwn(scene: Scene): void {
  scene.journal.damagedAt = 2;
  scene.map = new SmallMap();
}

describe("a store's copy of the journal that was damaged", () => {
  test('is sent anew where the frontend has all that it had', async () => {
    const scene = await crashedScene(['1', '2']);
    damageCopy(scene.store(2));
    const engine = await scene.start();
    expect(engine.status.view.stores).toHaveLength(3);
    expect(scene.store(2).journal.tail).toEqual(scene.journal.tail);
    expect(await get(engine, 'a')).toBe('2');
  });

  test('keeps nobody from serving who has all that it had, though its store is the only one there', async () => {
    const scene = await crashedScene(['1', '2']);
    damageCopy(scene.store(2));
    const engine = await scene.open();
    await engine.joinView(scene.store(2).connect());
    await scene.clock.advance(ENGINE_LIMITS.startGraceMs);
    expect(engine.status).toMatchObject({ state: 'serving', writable: true });
    expect(await get(engine, 'a')).toBe('2');
  });

  test('may have been the only one with the newest changes: then nothing is served before they are found', async () => {
    const scene = await crashedScene(['1', '2', '3']);
    setBack(scene, 2);
    damageCopy(scene.store(1));
    const engine = await scene.open();
    expect(await engine.joinView(scene.store(1).connect())).toBe('waiting');
    await scene.clock.advance(10 * ENGINE_LIMITS.startGraceMs);
    expect(engine.status).toMatchObject({
      state: 'starting',
      reason: expect.stringMatching(
        /server-1 held changes up to \d+.*Start server-2, server-3.*holdfast rebuild --accept-loss/s,
      ),
    });
    await scene.join(engine, [scene.store(2), scene.store(3)]);
    await scene.join(engine, [scene.store(1)]);
    expect(await get(engine, 'a')).toBe('3');
    expect(scene.store(1).journal.tail).toEqual(scene.journal.tail);
  });

  test('says what is lost where no other store has it', async () => {
    const scene = await crashedScene(['1', '2'], 1);
    setBack(scene, 1);
    damageCopy(scene.store(1));
    const engine = await scene.open();
    expect(await engine.joinView(scene.store(1).connect())).toBe('waiting');
    await scene.clock.advance(10 * ENGINE_LIMITS.startGraceMs);
    expect(engine.status).toMatchObject({
      state: 'starting',
      reason: expect.stringMatching(/No other file server has them.*--accept-loss/s),
    });
  });

  test('ends a coordinator whose disk was set back, and that serves already', async () => {
    const scene = await crashedScene(['1', '2', '3'], 2);
    setBack(scene, 2);
    scene.store(2).journal = scene.journal.reopened();
    damageCopy(scene.store(1));
    const engine = await scene.open();
    await engine.joinView(scene.store(2).connect());
    await scene.clock.advance(ENGINE_LIMITS.startGraceMs);
    expect(engine.status.state).toBe('serving');
    await expect(engine.joinView(scene.store(1).connect())).rejects.toMatchObject({
      code: 'store-ahead',
      message: expect.stringMatching(/server-1 held changes up to/),
    });
    expect(engine.status.state).toBe('refused');
  });
});

describe("the frontend's own journal that is damaged", () => {
  test('is made anew from any store that has all that it had', async () => {
    const scene = await crashedScene(['1', '2', '3']);
    damageOwn(scene);
    const engine = await scene.open();
    expect(engine.status).toMatchObject({ state: 'starting' });
    await engine.joinView(scene.store(3).connect());
    await scene.clock.advance(ENGINE_LIMITS.startGraceMs);
    expect(engine.status).toMatchObject({ state: 'serving', writable: true });
    expect(await get(engine, 'a')).toBe('3');
    await scene.join(engine, [scene.store(1), scene.store(2)]);
    await put(engine, 'a', '4');
    expect(scene.journal.tail).toEqual(scene.store(1).journal.tail);
    expect(scene.journal.quarantined).toHaveLength(1);
  });

  test('is not made anew from a store that was not in the last view, but waits for one that was', async () => {
    const scene = new EngineScene(simulatedClock(), 3);
    const engine = await scene.start();
    await put(engine, 'a', '1');
    await engine.dropFromView(scene.store(1).store, 'test');
    await put(engine, 'a', '2');
    await scene.crash();
    damageOwn(scene);
    const next = await scene.open();
    expect(await next.joinView(scene.store(1).connect())).toBe('waiting');
    await scene.clock.advance(10 * ENGINE_LIMITS.startGraceMs);
    expect(next.status).toMatchObject({
      state: 'starting',
      reason: expect.stringMatching(
        /journal was damaged.*Start server-2, server-3.*holdfast rebuild/s,
      ),
    });
    await scene.join(next, [scene.store(3)]);
    await scene.clock.advance(ENGINE_LIMITS.startGraceMs);
    await scene.join(next, [scene.store(1)]);
    expect(await get(next, 'a')).toBe('2');
  });

  test('lacks at its end only what no store of the last view acknowledged', async () => {
    const scene = new EngineScene(simulatedClock(), 2);
    const engine = await scene.start();
    await put(engine, 'a', 'acknowledged');
    for (const store of scene.stores) store.hang();
    put(engine, 'a', 'not acknowledged').catch(() => {});
    await scene.clock.settle();
    await scene.crash();
    for (const store of scene.stores) store.resume();
    damageOwn(scene);
    const next = await scene.open();
    expect(await next.joinView(scene.store(1).connect())).toBe('waiting');
    await scene.clock.advance(10 * ENGINE_LIMITS.startGraceMs);
    expect(next.status).toMatchObject({
      state: 'starting',
      reason: expect.stringContaining('Start server-2'),
    });
    await scene.join(next, [scene.store(2)]);
    expect(await get(next, 'a')).toBe('acknowledged');
    await put(next, 'a', 'later');
    expect(scene.journal.tail).toEqual(scene.store(2).journal.tail);
  });

  test('and whose making anew was cut short goes on with that at the next start', async () => {
    const scene = await crashedScene(['1', '2', '3']);
    damageOwn(scene);
    const engine = await scene.open();
    scene.store(1).breakAfter(2);
    await engine.joinView(scene.store(1).connect()).catch(() => {});
    await engine[Symbol.asyncDispose]();
    await scene.crash();
    scene.store(1).resume();
    const next = await scene.start();
    expect(await get(next, 'a')).toBe('3');
  });

  test('is not made anew where it is not known which stores there are', async () => {
    const scene = await crashedScene(['1']);
    damageOwn(scene);
    scene.agreement = new MemoryAgreement();
    const engine = await scene.open();
    await expect(engine.joinView(scene.store(1).connect())).rejects.toMatchObject({
      code: 'store-ahead',
      message: expect.stringContaining('holdfast rebuild'),
    });
  });

  test('without any stores is reported, and left as it is', async () => {
    const scene = await crashedScene(['1', '2']);
    damageOwn(scene);
    const ports = { hasher: plainHasher, clock: scene.clock, random: countingRandom() };
    const { journal, map, agreement } = scene;
    const opening = openEngine({ ...ports, journal, map, agreement, mode: 'alone' });
    await expect(opening).rejects.toMatchObject({ code: 'damaged' });
    expect(journal.quarantined).toEqual([]);
  });
});
