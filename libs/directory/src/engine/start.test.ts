import { type JournalRecord, nextRecord } from '@holdfast/contracts';
import { type SimulatedClock, simulatedClock } from '@holdfast/testkit';
import { describe, expect, test } from 'vitest';
import { ENGINE_LIMITS } from './limits.ts';
import { EngineScene, get, put } from './testing/engine-scene.ts';
import { MemoryAgreement } from './testing/memory-agreement.ts';
import { MemoryJournal } from './testing/memory-journal.ts';
import { plainHasher } from './testing/plain-hasher.ts';
import { SmallMap } from './testing/small-map.ts';

const newScene = (stores?: number): EngineScene<SimulatedClock> =>
  new EngineScene(simulatedClock(), stores);

/** The frontend's disk as it was some records ago. */
function setBack(scene: EngineScene<SimulatedClock>, records: number): void {
  scene.journal = new MemoryJournal(plainHasher, scene.journal.records.slice(0, -records));
  scene.map = new SmallMap();
}

/** A journal that has gone on by itself after some records. */
async function fork(records: readonly JournalRecord[], epoch: number): Promise<MemoryJournal> {
  const journal = new MemoryJournal(plainHasher, records);
  await journal.append([nextRecord(plainHasher, journal.tail, epoch, Uint8Array.of(1, 1))]);
  return journal;
}

test('a new directory starts by itself with its first store', async () => {
  const scene = newScene();
  const engine = await scene.open();
  await expect(get(engine, 'a')).rejects.toMatchObject({ code: 'unavailable' });
  await scene.join(engine, [scene.store(1)]);
  await put(engine, 'a', '1');
  expect(engine.status).toMatchObject({ state: 'serving', writable: true, reason: '', epoch: 1 });
});

test('each start has a higher epoch and keeps the directory, and what was acknowledged', async () => {
  const scene = newScene();
  const first = await scene.start();
  await put(first, 'a', '1');
  await scene.crash();
  const second = await scene.start();
  expect(second.status.epoch).toBe(first.status.epoch + 1);
  expect(second.status.directory).toBe(first.status.directory);
  expect(await get(second, 'a')).toBe('1');
  expect(scene.store(3).journal.tail).toEqual(scene.journal.tail);
});

test('what only the frontend had at a crash reaches the stores before anything is served', async () => {
  const scene = newScene();
  const engine = await scene.start();
  for (const store of scene.stores) store.hang();
  put(engine, 'a', '1').catch(() => {});
  await scene.clock.settle();
  const written = scene.journal.tail.number;
  await scene.crash();
  for (const store of scene.stores) store.resume();
  const next = await scene.open();
  scene.store(1).hang();
  const joining = next.joinView(scene.store(1).connect());
  await expect(get(next, 'a')).rejects.toMatchObject({ code: 'unavailable' });
  scene.store(1).resume();
  await scene.clock.run(joining);
  await scene.join(next, [scene.store(2), scene.store(3)]);
  expect(scene.store(2).journal.tail.number).toBeGreaterThanOrEqual(written);
  expect(await get(next, 'a')).toBe('1');
});

// fills ENGINE_LIMITS.startGraceMs
test('a start waits a moment for the last view, then serves with who is there', async () => {
  const scene = newScene();
  await put(await scene.start(), 'a', '1');
  await scene.crash();
  const engine = await scene.open();
  expect(await engine.joinView(scene.store(2).connect())).toBe('waiting');
  expect(engine.status).toMatchObject({
    state: 'starting',
    reason: expect.stringContaining('server-1, server-3'),
  });
  await scene.clock.advance(ENGINE_LIMITS.startGraceMs);
  expect(engine.status).toMatchObject({
    state: 'serving',
    view: { stores: [scene.store(2).store] },
  });
  expect(await get(engine, 'a')).toBe('1');
  await scene.join(engine, [scene.store(1), scene.store(3)]);
  expect(engine.status.view.stores).toHaveLength(3);
});

describe('a frontend whose disk was set back', () => {
  test('takes over what the stores hold before it serves', async () => {
    const scene = newScene();
    const engine = await scene.start();
    for (const text of ['1', '2', '3']) await put(engine, 'a', text);
    await scene.crash();
    setBack(scene, 2);
    const next = await scene.start();
    expect(await get(next, 'a')).toBe('3');
    expect(scene.journal.tail).toEqual(scene.store(1).journal.tail);
  });

  test('serves nothing before it has heard every store, since the longest may be missing', async () => {
    const scene = newScene();
    const engine = await scene.start();
    await put(engine, 'a', '1');
    scene.store(1).hang();
    await scene.clock.run(put(engine, 'a', '2'));
    for (const text of ['3', '4']) await put(engine, 'a', text);
    scene.store(1).resume();
    const lastHeld = scene.store(1).journal.tail.number;
    await scene.crash();
    setBack(scene, scene.journal.tail.number - lastHeld + 1);
    scene.agreement = new MemoryAgreement();
    const next = await scene.open();
    await next.joinView(scene.store(1).connect());
    await scene.clock.advance(10 * ENGINE_LIMITS.startGraceMs);
    expect(next.status).toMatchObject({
      state: 'starting',
      reason: expect.stringMatching(/Start server-2, server-3.*holdfast rebuild/s),
    });
    await scene.join(next, [scene.store(2), scene.store(3)]);
    expect(await get(next, 'a')).toBe('4');
  });

  test('and has gone on without the store that knows, leaves that one out and says so', async () => {
    const scene = newScene(2);
    const engine = await scene.start();
    for (const text of ['1', '2']) await put(engine, 'a', text);
    await scene.crash();
    setBack(scene, 1);
    scene.store(2).journal = new MemoryJournal(plainHasher, scene.journal.records);
    const next = await scene.open();
    await next.joinView(scene.store(2).connect());
    await scene.clock.advance(ENGINE_LIMITS.startGraceMs);
    expect(next.status.state).toBe('serving');
    await expect(next.joinView(scene.store(1).connect())).rejects.toMatchObject({
      code: 'store-ahead',
      message: expect.stringMatching(/server-1.*left out.*holdfast rebuild/s),
    });
  });

  test('and finds a newer history that does not continue its own, serves nothing', async () => {
    const scene = newScene(2);
    await put(await scene.start(), 'a', '1');
    const past = scene.journal.records.slice(0, -1);
    await scene.crash();
    scene.store(2).journal = await fork(past, 5);
    scene.store(2).epoch = 5;
    const engine = await scene.open();
    const joining = engine.joinView(scene.store(2).connect());
    await expect(joining).rejects.toMatchObject({ code: 'store-ahead' });
    expect(engine.status.state).toBe('refused');
  });

  test('with nothing left serves nothing, and names the way out', async () => {
    const scene = newScene();
    await put(await scene.start(), 'a', '1');
    await scene.crash(new SmallMap());
    scene.journal = new MemoryJournal(plainHasher);
    const engine = await scene.open();
    const refusal = { code: 'store-ahead', message: expect.stringContaining('holdfast rebuild') };
    await expect(engine.joinView(scene.store(1).connect())).rejects.toMatchObject(refusal);
    await expect(get(engine, 'a')).rejects.toMatchObject(refusal);
    expect(engine.status.state).toBe('refused');
  });

  test('and whose agreement is lost too, still serves nothing beside a store that has files', async () => {
    const scene = newScene();
    await put(await scene.start(), 'a', '1');
    await scene.crash(new SmallMap());
    scene.journal = new MemoryJournal(plainHasher);
    scene.agreement = new MemoryAgreement();
    const engine = await scene.open();
    const joining = engine.joinView(scene.store(1).connect());
    await expect(joining).rejects.toMatchObject({ code: 'store-ahead' });
    expect(engine.status.state).toBe('refused');
  });
});

describe('a store', () => {
  test('that is new gets the whole journal before it counts', async () => {
    const scene = newScene(4);
    const engine = await scene.start(scene.stores.slice(0, 3));
    for (let i = 0; i < 20; i++) await put(engine, `name ${i}`, 'x');
    await scene.join(engine, [scene.store(4)]);
    expect(scene.store(4).journal.tail).toEqual(scene.journal.tail);
    expect(engine.status.view.stores).toContain(scene.store(4).store);
    expect(engine.status.roster.map(({ name }) => name)).toContain('server-4');
  });

  test('that is new cannot join before an enrolled one', async () => {
    const scene = newScene(2);
    await put(await scene.start([scene.store(1)]), 'a', '1');
    await scene.crash();
    const engine = await scene.open();
    expect(await engine.joinView(scene.store(2).connect())).toBe('waiting');
    await scene.clock.advance(10 * ENGINE_LIMITS.startGraceMs);
    expect(engine.status).toMatchObject({
      state: 'starting',
      reason: expect.stringContaining('Start one of server-1'),
    });
    await scene.join(engine, [scene.store(1)]);
    await scene.clock.run(engine.joinView(scene.store(2).connect()));
    expect(await get(engine, 'a')).toBe('1');
    expect(engine.status.view.stores).toHaveLength(2);
  });

  // fills DATA_LIMITS.viewStores
  test('beyond the fifth follows without being waited for, and moves up when one drops', async () => {
    const scene = newScene(6);
    const engine = await scene.start();
    expect(engine.status.view.stores).toHaveLength(5);
    scene.store(6).hang();
    await put(engine, 'a', '1');
    scene.store(6).resume();
    await scene.clock.settle();
    expect(scene.store(6).journal.tail).toEqual(scene.journal.tail);
    await engine.dropFromView(scene.store(2).store, 'test');
    expect(engine.status.view.stores).toContain(scene.store(6).store);
    await put(engine, 'a', '2');
    expect(scene.store(6).journal.tail).toEqual(scene.journal.tail);
  });

  test('of an older history than ours is left out, of a newer one it ends this coordinator', async () => {
    const scene = newScene();
    const engine = await scene.start();
    await engine.dropFromView(scene.store(3).store, 'test');
    const before = scene.store(3).journal.records;
    scene.store(3).journal = await fork(before, 1);
    await put(engine, 'a', '1');
    const joining = engine.joinView(scene.store(3).connect());
    await expect(joining).rejects.toMatchObject({ code: 'store-ahead' });
    await put(engine, 'a', '2');
    scene.store(3).journal = await fork(before, 2);
    const newer = engine.joinView(scene.store(3).connect());
    await expect(newer).rejects.toMatchObject({ code: 'store-ahead' });
    await expect(get(engine, 'a')).rejects.toMatchObject({ code: 'store-ahead' });
  });

  test('that was commanded in a higher epoch ends this coordinator', async () => {
    const scene = newScene();
    const engine = await scene.start();
    scene.store(2).epoch = 9;
    await expect(put(engine, 'a', '1')).rejects.toMatchObject({ code: 'unavailable' });
    await expect(get(engine, 'a')).rejects.toMatchObject({ code: 'stale-epoch' });
    expect(engine.status.state).toBe('refused');
  });

  test('that restarts in view without its journal is sent all of it while commits go on', async () => {
    const scene = newScene();
    const engine = await scene.start();
    for (let i = 0; i < 2 * ENGINE_LIMITS.joinLagRecords; i++) await put(engine, 'a', `${i}`);
    scene.store(2).journal = new MemoryJournal(plainHasher);
    scene.store(2).hang();
    const joining = engine.joinView(scene.store(2).connect());
    scene.store(2).resume();
    await scene.clock.settle();
    await put(engine, 'a', 'meanwhile');
    await scene.clock.run(joining);
    expect(scene.dropped).toEqual([expect.stringContaining('catch up')]);
    expect(scene.store(2).journal.tail).toEqual(scene.journal.tail);
    expect(engine.status.view.stores).toHaveLength(3);
  });

  test('that restarts in view and registers anew goes on where it was', async () => {
    const scene = newScene();
    const engine = await scene.start();
    scene.store(2).hang();
    const putting = put(engine, 'a', '1');
    await scene.clock.settle();
    scene.store(2).resume();
    await scene.join(engine, [scene.store(2)]);
    await putting;
    expect(scene.dropped).toEqual([]);
    expect(scene.store(2).journal.tail).toEqual(scene.journal.tail);
  });
});
