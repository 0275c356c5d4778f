import { simulatedClock, type SimulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import type { Engine } from './engine.ts';
import { EngineScene, put } from './testing/engine-scene.ts';

async function started(): Promise<{ scene: EngineScene<SimulatedClock>; engine: Engine }> {
  const scene = new EngineScene(simulatedClock());
  const engine = await scene.start();
  await put(engine, 'a', '1');
  return { scene, engine };
}

test('a store that leaves with all that there was is known to have it, until it is back', async () => {
  const { scene, engine } = await started();
  const [first, second, third] = scene.stores.map(({ store }) => store);
  await scene.clock.advance(1_000);
  await engine.dropFromView(scene.store(2).store, 'test');
  const atMs = engine.status.nowMs;
  expect(engine.journalHolders).toEqual({
    inView: [first, third],
    left: [{ store: second, atMs }],
  });
  await put(engine, 'a', '2');
  expect(engine.journalHolders.left).toEqual([{ store: second, atMs }]);
  await scene.join(engine, [scene.store(2)]);
  expect(engine.journalHolders).toEqual({ inView: [first, third, second], left: [] });
});

test('one that leaves while a commit is on its way is not', async () => {
  const { scene, engine } = await started();
  scene.store(2).hang();
  const putting = put(engine, 'a', '2');
  await scene.clock.settle();
  await engine.dropFromView(scene.store(2).store, 'test');
  await scene.clock.run(putting);
  expect(engine.journalHolders.left).toEqual([]);
});

test('one that turns out to lack something is not any more', async () => {
  const { scene, engine } = await started();
  const { store } = scene.store(2);
  await engine.dropFromView(store, 'test');
  const before = engine.journalHolders;
  engine.noteLacking(scene.store(1).store);
  expect(engine.journalHolders).toBe(before);
  engine.noteLacking(store);
  expect(engine.journalHolders.left).toEqual([]);
});

test('one that is retired is forgotten, and so are all by a frontend that starts anew', async () => {
  const { scene, engine } = await started();
  await engine.dropFromView(scene.store(1).store, 'test');
  await engine.dropFromView(scene.store(2).store, 'test');
  await engine.retire(scene.store(1).store);
  expect(engine.journalHolders.left).toMatchObject([{ store: scene.store(2).store }]);
  await scene.crash();
  const again = await scene.start([scene.store(3)]);
  expect(again.journalHolders).toEqual({ inView: [scene.store(3).store], left: [] });
});
