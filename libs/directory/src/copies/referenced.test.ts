import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { ENGINE_LIMITS } from '../engine/limits.ts';
import { EngineScene } from '../engine/testing/engine-scene.ts';
import type { TestEngine } from '../engine/testing/test-engine.ts';
import { directoryScene } from '../testing/directory-scene.ts';

test('a chunk counts as referred to from when the commit that needs it has its place', async () => {
  const cluster = new EngineScene(simulatedClock());
  const { clock, stores } = cluster;
  const engine = await cluster.start();
  const runner: TestEngine = {
    transact: (body, call, options) => engine.transact(body, call, options),
    query: (body) => engine.query(body),
    queryAhead: (body) => engine.queryAhead(body),
    advance: () => {},
    nowMs: 0,
    engine: Promise.resolve(engine),
  };
  const { directory, write, hashOf } = await clock.run(directoryScene(runner));
  const { entry } = await clock.run(write('/shared/a', 'one'));
  for (const store of stores) store.hang();
  const writing = write('/shared/a', 'two');
  const given = expect(writing).rejects.toMatchObject({ code: 'unavailable' });
  await clock.settle();
  const chunk = { file: entry.id, hash: hashOf('two') };
  const asking = directory.referenced([chunk]).catch(() => 'not known');
  // The caller hears that all stores were lost, and that the change may yet take effect.
  for (const store of stores) store.break();
  await clock.advance(ENGINE_LIMITS.lastStallMs);
  await given;
  expect(await asking).toBe('not known');
  for (const store of stores) store.resume();
  await cluster.join(engine, stores);
  expect(await clock.run(directory.referenced([chunk]))).toEqual([chunk]);
});
