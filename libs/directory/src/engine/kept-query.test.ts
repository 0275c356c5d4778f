import type { QueriedAhead, ReadTransaction } from '@holdfast/contracts';
import { type SimulatedClock, simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import type { Engine } from './engine.ts';
import { ENGINE_LIMITS } from './limits.ts';
import { EngineScene, put, texts } from './testing/engine-scene.ts';

type Kept = QueriedAhead<string | undefined> | undefined;

async function newEngine(): Promise<{ engine: Engine; clock: SimulatedClock }> {
  const clock = simulatedClock();
  const engine = await new EngineScene(clock).start();
  await put(engine, 'a', 'first');
  return { engine, clock };
}

const readA = (tx: ReadTransaction): Promise<string | undefined> => tx.get(texts, 'a');
const askAhead = (engine: Engine): Promise<Kept> => engine.queryAhead(readA);

test('what was queried ahead is given once, if it is still so', async () => {
  const { engine } = await newEngine();
  const still = await askAhead(engine);
  await put(engine, 'b', 'other');
  expect(still?.take()).toEqual({ value: 'first' });
  expect(still?.take()).toBeUndefined();
  const overtaken = await askAhead(engine);
  await put(engine, 'a', 'second');
  expect(overtaken?.take()).toBeUndefined();
});

test('what comes into a range that was read ahead is missed by nobody', async () => {
  const { engine } = await newEngine();
  const all = (tx: ReadTransaction): Promise<number> =>
    tx.range(texts, { prefix: [], limit: 10 }).then(({ length }) => length);
  const before = await engine.queryAhead(all);
  await put(engine, 'b', 'new');
  expect(before?.take()).toBeUndefined();
  expect((await engine.queryAhead(all))?.take()).toEqual({ value: 2 });
});

// fills ENGINE_LIMITS.queryAheadMs
test('it is given up after a time', async () => {
  const { engine, clock } = await newEngine();
  const kept = await askAhead(engine);
  await clock.advance(ENGINE_LIMITS.queryAheadMs);
  expect(kept?.take()).toBeUndefined();
});

// fills ENGINE_LIMITS.queriesAhead
test('no more than the limit are kept, and room comes back', async () => {
  const { engine, clock } = await newEngine();
  const kept = await Promise.all(
    Array.from({ length: ENGINE_LIMITS.queriesAhead + 1 }, () => askAhead(engine)),
  );
  expect(kept.filter((one) => one === undefined)).toHaveLength(1);
  expect(kept[0]?.take()).toEqual({ value: 'first' });
  expect(await askAhead(engine)).toBeDefined();
  expect(await askAhead(engine)).toBeUndefined();
  await clock.advance(ENGINE_LIMITS.queryAheadMs);
  expect(await askAhead(engine)).toBeDefined();
});

test('one that fails comes to nothing, and takes no room', async () => {
  const { engine } = await newEngine();
  for (let i = 0; i <= ENGINE_LIMITS.queriesAhead; i++) {
    expect(await engine.queryAhead(() => Promise.reject(new Error('no')))).toBeUndefined();
  }
  expect(await askAhead(engine)).toBeDefined();
});

test('it is refused like any query where nothing may be read any more', async () => {
  const { engine } = await newEngine();
  const kept = await askAhead(engine);
  await engine[Symbol.asyncDispose]();
  expect(() => kept?.take()).toThrow(expect.objectContaining({ code: 'unavailable' }));
});
