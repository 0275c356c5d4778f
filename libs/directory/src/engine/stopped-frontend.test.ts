import { directoryId } from '@holdfast/contracts';
import { type SimulatedClock, simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { ENGINE_LIMITS } from './limits.ts';
import { EngineScene, get, put } from './testing/engine-scene.ts';

const newScene = (): EngineScene<SimulatedClock> => new EngineScene(simulatedClock());

test('time in which the frontend itself was stopped puts no store out of the view', async () => {
  const scene = newScene();
  const engine = await scene.start();
  scene.store(2).hang();
  const putting = put(engine, 'a', '1');
  await scene.clock.advance(ENGINE_LIMITS.watchdogMs);
  scene.clock.stop(4 * ENGINE_LIMITS.stallMs);
  await scene.clock.advance(ENGINE_LIMITS.watchdogMs);
  expect(scene.dropped).toEqual([]);
  scene.store(2).resume();
  await scene.clock.run(putting);
  expect(engine.status.view.stores).toHaveLength(3);
});

// fills ENGINE_LIMITS.lastStallMs
test('stores that all stall together are waited for longer than one that stalls alone', async () => {
  const scene = newScene();
  const engine = await scene.start();
  for (const store of scene.stores) store.hang();
  const putting = put(engine, 'a', '1');
  await scene.clock.advance(2 * ENGINE_LIMITS.stallMs);
  expect(scene.dropped).toEqual([]);
  for (const store of scene.stores) store.resume();
  await scene.clock.run(putting);
  expect(engine.status.view.stores).toHaveLength(3);
});

test('a frontend that was woken goes on if the epoch is still its own', async () => {
  const scene = newScene();
  const engine = await scene.start();
  await engine.confirmEpoch();
  await scene.clock.run(put(engine, 'a', '1'));
  expect(engine.status.state).toBe('serving');
});

test('a frontend that was woken serves nothing more if another one coordinates now', async () => {
  const scene = newScene();
  const engine = await scene.start();
  await scene.agreement.become(directoryId.parse('0'.repeat(32)));
  await engine.confirmEpoch();
  expect(engine.status.state).toBe('refused');
  await expect(get(engine, 'a')).rejects.toMatchObject({ code: 'stale-epoch' });
  await expect(put(engine, 'a', '1')).rejects.toMatchObject({ code: 'stale-epoch' });
});
