import { HoldfastError, type Table, type WriteTransaction } from '@holdfast/contracts';
import { deferred, fromUtf8, utf8 } from '@holdfast/kernel';
import { simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import type { Engine } from './engine.ts';
import { ENGINE_LIMITS } from './limits.ts';
import { RaisedEntries } from './raised-entries.ts';
import { EngineScene } from './testing/engine-scene.ts';
import { WriteSet } from './write-set.ts';

const heights: Table<readonly [name: string], number> = {
  name: 'heights',
  number: 2,
  encode: (value) => utf8(String(value)),
  decode: (bytes) => Number(fromUtf8(bytes)),
};

const raise = (engine: Engine, value: number): Promise<void> =>
  engine.transact((tx) => tx.raise(heights, value, 'a'));
const heightOf = (engine: Engine): Promise<number | undefined> =>
  engine.query((tx) => tx.get(heights, 'a'));

/** Runs `meanwhile` when `body` has read what it needs. Resolves with how often the body ran. */
async function overtaken(
  engine: Engine,
  body: (tx: WriteTransaction) => Promise<void>,
  meanwhile: () => Promise<unknown>,
): Promise<number> {
  let runs = 0;
  const isRead = deferred();
  const goOn = deferred();
  const running = engine.transact(async (tx) => {
    runs++;
    await body(tx);
    isRead.resolve();
    await goOn.promise;
  });
  await isRead.promise;
  await meanwhile();
  goOn.resolve();
  await running;
  return runs;
}

test('an entry that many raise at once is as high as the highest, in any order', async () => {
  const scene = new EngineScene(simulatedClock());
  const engine = await scene.start();
  await Promise.all([3, 9, 1, 7].map((value) => raise(engine, value)));
  expect(await heightOf(engine)).toBe(9);
});

test('a raise that is overtaken by a higher one neither lowers it nor runs again', async () => {
  const engine = await new EngineScene(simulatedClock()).start();
  const lower = (tx: WriteTransaction): Promise<void> => tx.raise(heights, 5, 'a');
  expect(await overtaken(engine, lower, () => raise(engine, 8))).toBe(1);
  expect(await heightOf(engine)).toBe(8);
});

test('who has read an entry is not sent back by a raise, but by a write that sets it', async () => {
  const engine = await new EngineScene(simulatedClock()).start();
  const read = async (tx: WriteTransaction): Promise<void> => {
    await tx.range(heights, { prefix: [], limit: 10 });
    tx.put(heights, 1, 'other');
  };
  expect(await overtaken(engine, read, () => raise(engine, 8))).toBe(1);
  const set = (): Promise<void> => engine.transact(async (tx) => tx.put(heights, 2, 'a'));
  expect(await overtaken(engine, read, set)).toBe(2);
  // What was set counts, however high it was before.
  await raise(engine, 3);
  expect(await heightOf(engine)).toBe(3);
});

test('a raise and a write that sets the entry do not both go through on what was before', async () => {
  const engine = await new EngineScene(simulatedClock()).start();
  await raise(engine, 8);
  const lowered = (): Promise<void> => engine.transact(async (tx) => tx.put(heights, 2, 'a'));
  const runs = await overtaken(engine, (tx) => tx.raise(heights, 5, 'a'), lowered);
  expect(runs).toBe(2);
  expect(await heightOf(engine)).toBe(5);
});

test('nobody leaves a raise to a commit that comes to nothing', async () => {
  const scene = new EngineScene(simulatedClock());
  const engine = await scene.start();
  const failing = deferred();
  scene.journal.beforeAppend = async (_, freesSpace) => {
    await failing.promise;
    if (!freesSpace) throw new HoldfastError('no-space', 'The disk is full.');
  };
  const first = raise(engine, 8);
  await scene.clock.settle();
  const second = engine.transact(
    async (tx) => {
      await tx.raise(heights, 5, 'a');
      await first.catch(() => {});
      tx.put(heights, 1, 'other');
    },
    undefined,
    { frees: true },
  );
  await scene.clock.settle();
  failing.resolve();
  await expect(first).rejects.toMatchObject({ code: 'no-space' });
  await second;
  expect(await heightOf(engine)).toBeGreaterThanOrEqual(5);
});

test('what was raised is as high after the frontend was killed', async () => {
  const scene = new EngineScene(simulatedClock());
  const engine = await scene.start();
  await raise(engine, 8);
  await raise(engine, 5);
  await scene.crash();
  const again = await scene.start();
  expect(await heightOf(again)).toBe(8);
  await raise(again, 7);
  expect(await heightOf(again)).toBe(8);
});

// fills ENGINE_LIMITS.raisedEntries
test('entries that nobody raised for longest are remembered no more', () => {
  const entries = new RaisedEntries();
  const settled = (name: string, value: number): number => {
    const changes = new WriteSet();
    changes.raise({ text: name, value, encode: heights.encode });
    entries.settle(changes);
    const [write] = changes.writes.values();
    return heights.decode(write?.value ?? new Uint8Array());
  };
  settled('first', 9);
  settled('second', 9);
  for (let n = 1; n < ENGINE_LIMITS.raisedEntries; n++) settled(`other ${n}`, 1);
  expect(settled('second', 5)).toBe(9);
  // What the transaction itself has read of it is all that counts then.
  expect(settled('first', 5)).toBe(5);
});
