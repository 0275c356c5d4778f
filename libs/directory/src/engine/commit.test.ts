import { type SimulatedClock, simulatedClock } from '@holdfast/testkit';
import { describe, expect, test } from 'vitest';
import { ENGINE_LIMITS } from './limits.ts';
import { EngineScene, get, put } from './testing/engine-scene.ts';

const newScene = (stores?: number): EngineScene<SimulatedClock> =>
  new EngineScene(simulatedClock(), stores);

describe('a commit', () => {
  test('is neither visible nor acknowledged before every store in view has it', async () => {
    const scene = newScene();
    const engine = await scene.start();
    scene.store(2).hang();
    let acknowledged = false;
    const putting = put(engine, 'a', '1').then(() => (acknowledged = true));
    await scene.clock.settle();
    expect(scene.store(3).journal.tail.number).toBe(scene.journal.tail.number);
    expect([acknowledged, await get(engine, 'a')]).toEqual([false, undefined]);
    scene.store(2).resume();
    await putting;
    expect(await get(engine, 'a')).toBe('1');
  });

  test('shares its syncs and messages with the commits beside it', async () => {
    const scene = newScene();
    const engine = await scene.start();
    let appends = 0;
    scene.journal.beforeAppend = () => void appends++;
    const before = scene.store(1).messages;
    await Promise.all(Array.from({ length: 64 }, (_, i) => put(engine, `name ${i}`, 'x')));
    expect(appends).toBeLessThanOrEqual(4);
    expect(scene.store(1).messages - before).toBeLessThanOrEqual(8);
  });

  // fills ENGINE_LIMITS.stallMs
  test('waits no longer for a store that stalls, once the others know that', async () => {
    const scene = newScene();
    const engine = await scene.start();
    scene.store(2).hang();
    const putting = put(engine, 'a', '1');
    await scene.clock.advance(ENGINE_LIMITS.stallMs / 2);
    expect(scene.dropped).toEqual([]);
    await scene.clock.run(putting);
    expect(scene.dropped).toEqual([expect.stringContaining('server-2: It made no progress')]);
    expect(engine.status.view.stores).toEqual([scene.store(1).store, scene.store(3).store]);
    expect(scene.store(3).journal.tail.number).toBe(scene.journal.tail.number);
  });

  test('is not acknowledged after a drop before the others have the new view on record', async () => {
    const scene = newScene(2);
    const engine = await scene.start();
    scene.store(2).hang();
    let acknowledged = false;
    const putting = put(engine, 'a', '1').then(() => (acknowledged = true));
    await scene.clock.settle();
    scene.store(1).hang();
    await engine.dropFromView(scene.store(2).store, 'test');
    await scene.clock.settle();
    expect([acknowledged, await get(engine, 'a')]).toEqual([false, undefined]);
    scene.store(1).resume();
    await putting;
    expect(scene.store(1).journal.tail.number).toBe(scene.journal.tail.number);
  });

  test('is acknowledged though the answer of a store was lost', async () => {
    const scene = newScene();
    const engine = await scene.start();
    scene.store(2).loseAnswer();
    await scene.clock.run(put(engine, 'a', '1'));
    expect(scene.dropped).toEqual([]);
    expect(scene.troubles).toMatchObject([{ code: 'timeout' }]);
  });

  test('is repeated to a store whose connection was lost for a moment', async () => {
    const scene = newScene();
    const engine = await scene.start();
    scene.store(2).break();
    const putting = put(engine, 'a', '1');
    await scene.clock.advance(300);
    scene.store(2).resume();
    await scene.clock.run(putting);
    expect(scene.dropped).toEqual([]);
    expect(scene.troubles.length).toBeGreaterThan(0);
    expect(engine.status.view.stores.length).toBe(3);
  });

  test('is refused without a store in view, while reading goes on, until one returns', async () => {
    const scene = newScene(1);
    const engine = await scene.start();
    await put(engine, 'a', '1');
    scene.store(1).hang();
    const unconfirmed = put(engine, 'a', '2');
    unconfirmed.catch(() => {});
    await scene.clock.advance(2 * ENGINE_LIMITS.stallMs);
    expect(scene.dropped).toEqual([]);
    await scene.clock.advance(ENGINE_LIMITS.lastStallMs);
    expect(scene.dropped).toHaveLength(1);
    await expect(unconfirmed).rejects.toMatchObject({ code: 'unavailable' });
    await expect(put(engine, 'b', '1')).rejects.toMatchObject({
      code: 'read-only',
      message: expect.stringContaining('No file server is in view'),
    });
    expect(await get(engine, 'a')).toBe('1');
    scene.store(1).resume();
    await scene.join(engine, scene.stores);
    expect(await get(engine, 'a')).toBe('2');
    await put(engine, 'b', '1');
  });
});
