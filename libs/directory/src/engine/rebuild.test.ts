import { type DirectoryId, lineageOf, nextRecord } from '@holdfast/contracts';
import { type SimulatedClock, simulatedClock } from '@holdfast/testkit';
import { describe, expect, test } from 'vitest';
import { viewChanges } from './view-record.ts';
import { encodePayload } from './commit-payload.ts';
import { ENGINE_LIMITS } from './limits.ts';
import { type Rebuild, type RebuildOutcome, openRebuild } from './rebuild.ts';
import { EngineScene, get, put } from './testing/engine-scene.ts';
import { MemoryAgreement } from './testing/memory-agreement.ts';
import { MemoryJournal } from './testing/memory-journal.ts';
import { plainHasher } from './testing/plain-hasher.ts';
import { SmallMap } from './testing/small-map.ts';
import type { TestStore } from './testing/test-store.ts';

type Scene = EngineScene<SimulatedClock>;

const OTHER = 'e'.repeat(32) as DirectoryId;
let directory: DirectoryId;

/** A directory with three changes, of which the third is on stores 2 and 3 only. */
async function written(): Promise<Scene> {
  const scene = new EngineScene(simulatedClock());
  const engine = await scene.start();
  ({ directory } = engine.status);
  for (const text of ['1', '2']) await put(engine, 'a', text);
  await engine.dropFromView(scene.store(1).store, 'test');
  await put(engine, 'a', '3');
  await scene.crash();
  return scene;
}

function loseDisk(scene: Scene): void {
  scene.journal = new MemoryJournal(plainHasher);
  scene.map = new SmallMap();
  scene.agreement = new MemoryAgreement();
}

async function begin(scene: Scene, acceptLoss = false): Promise<Rebuild> {
  const { journal, map, agreement, clock } = scene;
  return await openRebuild({ journal, map, agreement, hasher: plainHasher, clock, acceptLoss });
}

async function hear(rebuild: Rebuild, ...stores: readonly TestStore[]): Promise<void> {
  for (const store of stores) await rebuild.hear(store.connect(), directory);
}

/** Rebuilds from some stores, then starts with them. */
async function rebuilt(
  scene: Scene,
  { from, acceptLoss = false }: { from: readonly TestStore[]; acceptLoss?: boolean },
): Promise<RebuildOutcome> {
  const rebuild = await begin(scene, acceptLoss);
  await hear(rebuild, ...from);
  await scene.clock.advance(ENGINE_LIMITS.rebuildQuietMs);
  return await scene.clock.run(rebuild.done);
}

describe('a rebuild', () => {
  test('goes ahead by itself once all enrolled stores were heard, and loses nothing', async () => {
    const scene = await written();
    loseDisk(scene);
    const rebuild = await begin(scene);
    await hear(rebuild, scene.store(1), scene.store(3));
    expect(rebuild.reason).toMatch(/server-2 is missing.*--accept-loss/s);
    await scene.clock.advance(10 * ENGINE_LIMITS.rebuildQuietMs);
    await hear(rebuild, scene.store(2));
    expect(await rebuild.done).toMatchObject({ missing: [], givenUp: [] });
    const engine = await scene.start();
    expect(await get(engine, 'a')).toBe('3');
    expect(engine.status.directory).toBe(directory);
    expect(lineageOf(engine.status.epoch)).toBe(0);
    expect(engine.status.view.stores).toHaveLength(3);
  });

  test.each([false, true])(
    'never overlooks a store that enrolled as the last older one was lost, frontend crashed: %s',
    async (crashes) => {
      let served = 0;
      // The older store answers so many more messages, and then none.
      for (let answers = 0; answers < 6; answers++) {
        const scene = new EngineScene(simulatedClock(), 2);
        const [older, newer] = [scene.store(1), scene.store(2)];
        let engine = await scene.start([older]);
        ({ directory } = engine.status);
        await put(engine, 'a', 'old');
        older.breakAfter(answers);
        const joining = engine.joinView(newer.connect()).catch(() => {});
        await scene.clock.settle();
        if (crashes) {
          await scene.crash();
          engine = await scene.open();
          void engine.joinView(newer.connect()).catch(() => {});
          await scene.clock.advance(10 * ENGINE_LIMITS.startGraceMs);
        } else {
          await engine.dropFromView(older.store, 'test');
          await scene.clock.settle();
          await Promise.race([joining, scene.clock.settle()]);
        }
        const written = put(engine, 'a', 'new').then(
          () => true,
          () => false,
        );
        await scene.clock.settle();
        const acknowledged = await Promise.race([
          written,
          scene.clock.settle().then(() => Promise.resolve(false)),
        ]);
        await scene.crash();
        loseDisk(scene);
        older.resume();
        const rebuild = await begin(scene);
        await hear(rebuild, older);
        await scene.clock.advance(10 * ENGINE_LIMITS.rebuildQuietMs);
        if (!acknowledged) continue;
        served++;
        expect(rebuild.reason, `after ${answers} answers`).toMatch(/server-2 is missing/);
      }
      expect(served).toBeGreaterThan(0);
    },
  );

  test('refuses while a store of the newest roster is missing, even if an older one is whole', async () => {
    const scene = new EngineScene(simulatedClock(), 4);
    const engine = await scene.start(scene.stores.slice(0, 2));
    ({ directory } = engine.status);
    const older = [...scene.store(1).journal.records];
    await scene.join(engine, [scene.store(3), scene.store(4)]);
    await scene.crash();
    loseDisk(scene);
    scene.store(1).journal = new MemoryJournal(plainHasher, older);
    const rebuild = await begin(scene);
    await hear(rebuild, scene.store(1));
    expect(rebuild.reason).toContain('server-2 is missing');
    await hear(rebuild, scene.store(2));
    expect(rebuild.reason).toContain('server-3, server-4 are missing');
  });

  test('prefers a higher epoch to a longer chain, and sets the other one aside', async () => {
    const scene = await written();
    const fork = scene.store(1).journal;
    for (let i = 0; i < 20; i++) {
      const payload = scene.store(2).journal.records[1]?.payload ?? new Uint8Array();
      await fork.append([nextRecord(plainHasher, fork.tail, fork.tail.epoch, payload)]);
    }
    const again = await scene.start([scene.store(2), scene.store(3)]);
    await scene.clock.advance(ENGINE_LIMITS.startGraceMs);
    await put(again, 'a', '4');
    await scene.crash();
    loseDisk(scene);
    const outcome = await rebuilt(scene, { from: scene.stores });
    expect(outcome).toMatchObject({ missing: [], givenUp: ['server-1'] });
    expect(lineageOf(outcome.state.epoch)).toBe(1);
    const engine = await scene.start();
    expect(await get(engine, 'a')).toBe('4');
    expect(fork.keptRecords).toHaveLength(1);
    expect(fork.tail).toEqual(scene.journal.tail);
  });

  test('counts what is left of the own disk as one of the copies', async () => {
    const scene = await written();
    scene.agreement = new MemoryAgreement();
    scene.store(3).journal = new MemoryJournal(plainHasher);
    const outcome = await rebuilt(scene, { from: scene.stores.slice(0, 2), acceptLoss: true });
    expect(outcome.missing).toEqual(['server-3']);
    expect(outcome.commits).toBe(scene.journal.tail.number);
  });

  test('does not count a store that has lost its copy', async () => {
    const scene = await written();
    loseDisk(scene);
    scene.store(3).journal = new MemoryJournal(plainHasher);
    const rebuild = await begin(scene);
    await hear(rebuild, scene.store(1), scene.store(2));
    await expect(hear(rebuild, scene.store(3))).rejects.toMatchObject({ code: 'damaged' });
    expect(rebuild.reason).toContain('server-3 is missing');
  });

  test('does nothing while stores of two directories are there', async () => {
    const scene = await written();
    loseDisk(scene);
    const rebuild = await begin(scene, true);
    await hear(rebuild, scene.store(1));
    const foreign = rebuild.hear(scene.store(2).connect(), OTHER);
    await expect(foreign).rejects.toMatchObject({ code: 'foreign-store' });
    await scene.clock.advance(10 * ENGINE_LIMITS.rebuildQuietMs);
    expect(rebuild.reason).toMatch(/server-2 belongs to another directory than server-1/);
    expect(await scene.agreement.read()).toBeUndefined();
  });

  test('that was interrupted anywhere goes on, and ends the same', async () => {
    const scene = await written();
    const expected = scene.journal.tail;
    for (let reads = 0; reads < 8; reads++) {
      loseDisk(scene);
      const first = await begin(scene);
      await hear(first, scene.store(1));
      let left = reads;
      scene.journal.beforeAppend = () => {
        if (left-- <= 0) throw new Error('The power goes.');
      };
      await hear(first, scene.store(2), scene.store(3)).catch(() => {});
      scene.journal = new MemoryJournal(plainHasher, scene.journal.records);
      await rebuilt(scene, { from: scene.stores });
      expect(scene.journal.tail).toEqual(expected);
    }
  });
});

describe('a rebuild that accepts a loss', () => {
  test('says what is given up, and what returns later is set aside and joins', async () => {
    const scene = await written();
    const beyond = [...scene.store(2).journal.records];
    const upTo = scene.store(1).journal.tail.number;
    loseDisk(scene);
    const outcome = await rebuilt(scene, { from: [scene.store(1)], acceptLoss: true });
    expect(outcome).toMatchObject({ commits: upTo, missing: ['server-2', 'server-3'] });
    const engine = await scene.open();
    await engine.joinView(scene.store(1).connect());
    await scene.clock.advance(ENGINE_LIMITS.startGraceMs);
    expect(await get(engine, 'a')).toBe('2');
    expect(lineageOf(engine.status.epoch)).toBe(1);
    await put(engine, 'a', 'anew');
    await scene.join(engine, [scene.store(2), scene.store(3)]);
    expect(scene.store(2).journal.keptRecords).toEqual([beyond]);
    expect(scene.store(2).journal.tail).toEqual(scene.journal.tail);
    expect(engine.status.view.stores).toHaveLength(3);
    expect(await get(engine, 'a')).toBe('anew');
  });

  // fills ENGINE_LIMITS.rebuildQuietMs
  test('waits until no further store was heard for so long, and no longer', async () => {
    const scene = await written();
    loseDisk(scene);
    const rebuild = await begin(scene, true);
    for (const number of [1, 2]) {
      await hear(rebuild, scene.store(number));
      await scene.clock.advance(ENGINE_LIMITS.rebuildQuietMs - 1);
      expect(await scene.agreement.read()).toBeUndefined();
    }
    await scene.clock.advance(1);
    expect(await rebuild.done).toMatchObject({ missing: ['server-3'] });
  });

  test('still takes over what returns before anything was changed', async () => {
    const scene = await written();
    loseDisk(scene);
    await rebuilt(scene, { from: [scene.store(1)], acceptLoss: true });
    const engine = await scene.start([scene.store(2), scene.store(1), scene.store(3)]);
    expect(await get(engine, 'a')).toBe('3');
    expect(scene.store(2).journal.keptRecords).toEqual([]);
  });

  test('outranks a coordinator that only the missing stores have heard', async () => {
    const scene = await written();
    loseDisk(scene);
    scene.store(3).epoch = 900;
    const tail = scene.store(3).journal.tail;
    const state = {
      directory,
      epoch: 900,
      view: { number: 90, stores: [scene.store(3).store] },
      roster: scene.stores.map(({ store, name }) => ({ store, name })),
    };
    const payload = encodePayload({ timeMs: 1, changes: viewChanges(state) });
    await scene.store(3).journal.append([nextRecord(plainHasher, tail, 900, payload)]);
    await rebuilt(scene, { from: [scene.store(1), scene.store(2)], acceptLoss: true });
    const engine = await scene.start([scene.store(1), scene.store(2)]);
    await scene.clock.advance(ENGINE_LIMITS.startGraceMs);
    await put(engine, 'a', 'anew');
    await scene.join(engine, [scene.store(3)]);
    expect(engine.status).toMatchObject({ state: 'serving', view: { stores: { length: 3 } } });
    expect(scene.store(3).journal.keptRecords).toHaveLength(1);
  });
});

test('beside a store of another directory an empty frontend serves nothing any more', async () => {
  const scene = new EngineScene(simulatedClock());
  const engine = await scene.open();
  engine.meetStranger('server-1');
  expect(engine.status).toMatchObject({
    state: 'refused',
    reason: expect.stringContaining('holdfast rebuild'),
  });
  const other = new EngineScene(simulatedClock());
  const serving = await other.start();
  serving.meetStranger('server-9');
  expect(serving.status.state).toBe('serving');
});
