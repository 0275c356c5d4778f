import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { ENGINE_LIMITS } from './limits.ts';
import { EngineScene, get, texts } from './testing/engine-scene.ts';

test('while nothing can be written, a repeated call still waits for what it did before', async () => {
  const scene = new EngineScene(simulatedClock(), 1);
  const engine = await scene.start();
  const store = scene.store(1);
  store.hang();
  const runs: string[] = [];
  const call = { session: 's', number: 1, answeredBelow: 1 };
  const change = (run: string): Promise<string> =>
    engine.transact(async (tx) => {
      runs.push(run);
      tx.put(texts, run, 'a');
      return run;
    }, call);
  const first = change('first').catch((error: unknown) => error);
  await scene.clock.settle();
  await engine.dropFromView(store.store, 'it is gone');
  expect(await first).toMatchObject({ code: 'unavailable' });
  const second = change('second');
  await scene.clock.settle();
  store.resume();
  await scene.join(engine, [store]);
  expect(await scene.clock.run(second)).toBe('first');
  expect(await get(engine, 'a')).toBe('first');
  expect(runs).toEqual(['first']);
});

test('a call is answered with its first answer, also if the wall clock was set forward by days before a start', async () => {
  const scene = new EngineScene(simulatedClock(), 1);
  const append = async (session: string, text: string): Promise<string> => {
    const call = { session, number: 1, answeredBelow: 1 };
    const change = engine.transact(async (tx) => {
      const now = `${(await tx.get(texts, session)) ?? ''}${text}`;
      tx.put(texts, now, session);
      return now;
    }, call);
    return await scene.clock.run(change);
  };
  let engine = await scene.start();
  expect(await append('s', 'x')).toBe('x');
  await scene.crash();
  scene.clock.jumpWall(2 * ENGINE_LIMITS.replyTtlMs);
  engine = await scene.start();
  // Calls of others are what quiet sessions are forgotten with.
  expect(await append('other', 'y')).toBe('y');
  expect(await append('s', 'x')).toBe('x');
});
