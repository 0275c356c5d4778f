import { deferred } from '@holdfast/kernel';
import { type SimulatedClock, simulatedClock } from '@holdfast/testkit';
import { describe, expect, test } from 'vitest';
import type { Engine } from './engine.ts';
import { ENGINE_LIMITS } from './limits.ts';
import { openRebuild } from './rebuild.ts';
import { EngineScene, get, put, texts } from './testing/engine-scene.ts';
import { MemoryAgreement } from './testing/memory-agreement.ts';
import { MemoryJournal } from './testing/memory-journal.ts';
import { MemorySnapshots } from './testing/memory-snapshots.ts';
import { plainHasher } from './testing/plain-hasher.ts';
import { SmallMap } from './testing/small-map.ts';

type Scene = EngineScene<SimulatedClock>;

/** So much journal that several snapshots are taken of it. */
const CHANGES = 120;

function newScene(stores?: number): Scene {
  const scene = new EngineScene(simulatedClock(), stores);
  scene.snapshotBytes = 5_000;
  scene.snapshotMarginRecords = 5;
  return scene;
}

/** Writes to forty names in turn, and counts. */
async function write(scene: Scene, engine: Engine, from: number, to: number): Promise<void> {
  for (let i = from; i < to; i++) {
    await put(engine, `name ${i % 40}`, `${i}`);
    await engine.transact(async (tx) => tx.add('writes', 1));
    await scene.clock.advance(50);
  }
}

async function expectWritten(engine: Engine, count: number): Promise<void> {
  for (let i = Math.max(0, count - 40); i < count; i++) {
    expect(await get(engine, `name ${i % 40}`)).toBe(`${i}`);
  }
  expect(await engine.query((tx) => tx.counter('writes'))).toBe(count);
}

async function written(scene: Scene, stores = scene.stores): Promise<Engine> {
  const engine = await scene.start(stores);
  await write(scene, engine, 0, CHANGES);
  return engine;
}

describe('the journal', () => {
  test('stays bounded, here and on every store, and with it the number of snapshots', async () => {
    const scene = newScene();
    const engine = await written(scene);
    const records = scene.journal.records.length;
    await write(scene, engine, CHANGES, 3 * CHANGES);
    expect(scene.journal.records.length).toBeLessThan(2 * records);
    expect(scene.journal.first).toBeGreaterThan(CHANGES);
    for (const store of scene.stores) {
      expect(store.journal.records.length).toBeLessThan(2 * records);
      expect(store.snapshots.all.length).toBeLessThan(3);
    }
    expect(scene.snapshots.all.length).toBeLessThan(3);
    await expectWritten(engine, 3 * CHANGES);
  });

  test('may grow by half of a large snapshot before the next one is written', async () => {
    const scene = newScene();
    const engine = await scene.start(scene.stores);
    const large = 'x'.repeat(ENGINE_LIMITS.snapshotPieceBytes);
    for (let i = 0; i < 5; i++) {
      await put(engine, `large ${i}`, large);
      await scene.clock.advance(5_000);
    }
    const { base, pieces } = scene.snapshots.all.at(-1) ?? {};
    expect(pieces).toBeGreaterThan(3);
    await put(engine, 'little', 'x'.repeat(2 * scene.snapshotBytes));
    await scene.clock.advance(5_000);
    expect(scene.snapshots.all.at(-1)?.base).toEqual(base);
    for (let i = 0; i < 3; i++) await put(engine, 'much', large);
    await scene.clock.advance(5_000);
    expect(scene.snapshots.all.at(-1)?.base).not.toEqual(base);
  });

  test('is short again although nobody wrote since a slow snapshot ended', async () => {
    const scene = newScene();
    const { snapshots } = scene.store(2);
    const finish = snapshots.finish.bind(snapshots);
    const slow = deferred<void>();
    snapshots.finish = async (...finished) => {
      await slow.promise;
      return await finish(...finished);
    };
    const engine = await written(scene);
    expect(scene.journal.first).toBe(1);
    const before = scene.journal.records.length;
    slow.resolve();
    await scene.clock.advance(10_000);
    expect(scene.journal.bytesSince(0)).toBeLessThan(2 * scene.snapshotBytes);
    expect(scene.journal.records.length).toBeLessThan(before / 4);
    await expectWritten(engine, CHANGES);
  });

  test('is kept here while a store in view lacks the snapshot', async () => {
    const scene = newScene();
    scene.store(2).snapshots.finish = async () => {
      throw new Error('The disk is odd.');
    };
    await written(scene);
    expect(scene.snapshots.all.length).toBeGreaterThan(0);
    expect(scene.journal.first).toBe(1);
    expect(scene.troubles.length).toBeGreaterThan(0);
  });
});

describe('from snapshot and journal', () => {
  test('a map that is lost is made anew', async () => {
    const scene = newScene();
    await written(scene);
    await scene.crash(new SmallMap());
    expect(scene.journal.first).toBeGreaterThan(1);
    await expectWritten(await scene.start(), CHANGES);
  });

  test('a store that was away for long is brought up to date, and one that is new', async () => {
    const scene = newScene(4);
    const engine = await scene.start(scene.stores.slice(0, 3));
    await engine.dropFromView(scene.store(3).store, 'test');
    await write(scene, engine, 0, CHANGES);
    expect(scene.journal.first).toBeGreaterThan(scene.store(3).journal.tail.number + 1);
    await scene.join(engine, [scene.store(3), scene.store(4)]);
    for (const store of scene.stores) {
      expect(store.journal.tail).toEqual(scene.journal.tail);
      expect(store.snapshots.all.length).toBeGreaterThan(0);
    }
    expect(engine.status.view.stores).toHaveLength(4);
    await expectWritten(engine, CHANGES);
  });

  test('a lost directory is rebuilt, from any store that has all', async () => {
    const scene = newScene();
    const { directory } = (await written(scene)).status;
    await scene.crash();
    scene.journal = new MemoryJournal(plainHasher);
    scene.map = new SmallMap();
    scene.snapshots = new MemorySnapshots();
    scene.agreement = new MemoryAgreement();
    const { journal, map, agreement, snapshots, clock } = scene;
    const ports = { journal, map, agreement, snapshots, clock, hasher: plainHasher };
    const rebuild = await openRebuild({ ...ports, acceptLoss: false });
    for (const store of scene.stores) {
      await clock.run(rebuild.hear(store.connect(), directory));
    }
    expect(await rebuild.done).toMatchObject({ missing: [], givenUp: [] });
    await expectWritten(await scene.start(), CHANGES);
  });

  test('a directory that was set back further than the stores remember takes over what they hold', async () => {
    const scene = newScene();
    const engine = await scene.start();
    await write(scene, engine, 0, 3);
    const old = [...scene.journal.records];
    await write(scene, engine, 3, CHANGES);
    await scene.crash(new SmallMap());
    scene.journal = new MemoryJournal(plainHasher, old);
    scene.snapshots = new MemorySnapshots();
    await expectWritten(await scene.start(), CHANGES);
    expect(scene.journal.keptRecords).toEqual([old]);
  });
});

describe('a backup', () => {
  /** What is in it takes the place of the frontend's own disk. */
  async function restored(scene: Scene, engine: Engine, meanwhile = 0): Promise<void> {
    const journal = new MemoryJournal(plainHasher);
    const snapshots = new MemorySnapshots();
    const backingUp = engine.backUp({ journal, snapshots });
    const going = write(scene, engine, CHANGES, CHANGES + meanwhile);
    const agreement = new MemoryAgreement(await backingUp);
    await going;
    await scene.crash(new SmallMap());
    Object.assign(scene, { journal, snapshots, agreement, restored: true });
  }

  test('that is as new as the stores is served, once all of them were heard', async () => {
    const scene = newScene();
    await restored(scene, await written(scene));
    const engine = await scene.start(scene.stores.slice(0, 2));
    await scene.clock.advance(10 * ENGINE_LIMITS.startGraceMs);
    expect(engine.status).toMatchObject({
      state: 'starting',
      reason: expect.stringMatching(/restored from a backup.*Start server-3/s),
    });
    await scene.join(engine, [scene.store(3)]);
    await expectWritten(engine, CHANGES);
  });

  test('that is older than a store is refused, and the rebuild is named', async () => {
    const scene = newScene();
    await restored(scene, await written(scene), 5);
    const engine = await scene.open();
    const joining = scene.clock.run(engine.joinView(scene.store(1).connect()));
    const refusal = { code: 'store-ahead', message: expect.stringContaining('holdfast rebuild') };
    await expect(joining).rejects.toMatchObject(refusal);
    await expect(get(engine, 'name 1')).rejects.toMatchObject(refusal);
  });
});

test('over many seeds a snapshot that is taken while commits go on is whole with its journal', async () => {
  let amidCommits = 0;
  for (let seed = 0; seed < 20; seed++) {
    const scene = newScene(1);
    const engine = await scene.start();
    for (let i = 0; i < 200; i++) {
      await put(engine, `name ${(i * (seed + 3)) % 150}`, `${i}`);
      if (i % 7 === seed % 7) {
        await engine.transact(async (tx) => {
          const names = await tx.range(texts, { prefix: [], limit: 3 });
          for (const { key } of names) tx.delete(texts, ...key);
          tx.add('deleted', names.length);
        });
      }
      if (i % (2 + seed) === 0) await scene.clock.advance(ENGINE_LIMITS.snapshotRestMs);
      amidCommits += scene.snapshots.all.filter(({ base, upTo }) => upTo > base.number).length;
    }
    await scene.clock.advance(10_000);
    const expected = await contentOf(engine);
    await scene.crash(new SmallMap());
    const again = await scene.start();
    expect(await contentOf(again), `seed ${seed}`).toEqual(expected);
    expect(scene.journal.first).toBeGreaterThan(1);
  }
  expect(amidCommits).toBeGreaterThan(0);
});

async function contentOf(engine: Engine): Promise<unknown> {
  return await engine.query(async (tx) => ({
    texts: await tx.range(texts, { prefix: [], limit: 1_000 }),
    deleted: await tx.counter('deleted'),
  }));
}
