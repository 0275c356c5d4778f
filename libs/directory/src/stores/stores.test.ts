import { DATA_LIMITS, type StoreId, type TransactionRunner } from '@holdfast/contracts';
import { expect, test } from 'vitest';
import { createDirectory } from '../create-directory.ts';
import { plainHasher } from '../engine/testing/plain-hasher.ts';
import { DIRECTORY_LIMITS } from '../limits.ts';
import { brokenRules } from '../testing/check-tables.ts';
import { directoryScene } from '../testing/directory-scene.ts';
import { distinctRandom } from '../testing/distinct-random.ts';
import { refusedWith } from '../testing/refused-with.ts';

test('a store is changed as it is known now, and one that has left does not come back', async () => {
  const { directory, stores } = await directoryScene();
  const [first = '' as StoreId, second = '' as StoreId] = stores;
  await directory.changeStore(first, (known) => ({ ...known, retiring: true }));
  await directory.changeStore(first, (known) => ({ ...known, position: known.position + 1 }));
  await directory.removeStore(second, 'forgotten');
  await directory.changeStore(second, (known) => ({ ...known, retiring: true }));
  const known = await directory.stores();
  expect(known.find(({ store }) => store === first)).toMatchObject({
    retiring: true,
    position: 11,
  });
  expect(known.map(({ store }) => store)).not.toContain(second);
});

test('what counts on a store says how far it was, and a new generation begins anew', async () => {
  const { directory, stores, write, upload, hashOf, enrol } = await directoryScene();
  const store = stores[2] as StoreId;
  const reached = async (): Promise<number | undefined> =>
    (await directory.stores()).find((known) => known.store === store)?.position;
  const holder = { store, generation: 1, confirmed: true };
  await write('/shared/x', 'one', { copies: 1 });
  const [chunk] = await directory.underReplicated(1);
  if (!chunk) expect.fail();
  await directory.addHolders([{ ...chunk, holder: { ...holder, position: 25 } }]);
  expect(await reached()).toBe(25);
  const open = await upload('/shared/y', 'a');
  const record = (position: number): Promise<void> =>
    directory.recordChunks(open.upload, [
      { offset: 0, length: 1, hash: hashOf('a'), holders: [{ ...holder, position }] },
    ]);
  await record(30);
  await record(20);
  expect(await reached()).toBe(30);
  await enrol(store, 2);
  await record(40);
  expect(await reached()).toBe(10);
});

test('nothing is acknowledged on the strength of a store that is about to be removed', async () => {
  const { directory, engine, stores, write } = await directoryScene();
  const [first = '' as StoreId, ...others] = stores;
  await write('/shared/x', 'before', { copies: 1 });
  await directory.changeStore(first, (known) => ({ ...known, leaving: true }));
  const late = write('/shared/x', 'after', { copies: 1 });
  expect(await refusedWith(late)).toBe('too-few-copies');
  const fresh = write('/shared/new', 'after', { copies: 1 });
  await expect(fresh).rejects.toMatchObject({ details: { moved: true } });
  // Its last copy of what was written before is not forgotten.
  expect(await refusedWith(directory.emptyStore(first))).toBe('not-empty');
  const [chunk] = await directory.chunksOn(first, undefined, 10);
  if (!chunk) expect.fail();
  const [second = '' as StoreId] = others;
  await directory.addHolders([
    { ...chunk, holder: { store: second, generation: 1, confirmed: true, position: 11 } },
  ]);
  await directory.emptyStore(first);
  await directory.removeStore(first, 'forgotten');
  expect((await directory.chunk(chunk))?.holders.map(({ store }) => store)).toEqual([second]);
  expect((await directory.chunk(chunk))?.wanted).toEqual(others);
  expect(await brokenRules(engine)).toEqual([]);
});

test('settings that are changed at once all count, and a new directory begins with its own', async () => {
  const { directory } = await directoryScene();
  await Promise.all([
    directory.changeSettings({ copies: 2 }),
    directory.changeSettings({ trashMs: 5 }),
  ]);
  expect(await directory.settings()).toEqual({ copies: 2, trashMs: 5 });
  // It has its folders already: what a restarted frontend is configured with does not count.
  await directory.ensureRoots({ copies: 1 });
  expect(await directory.settings()).toEqual({ copies: 2, trashMs: 5 });
});

test('when a store has left, files are to be given stores anew', async () => {
  const { directory, stores } = await directoryScene();
  const [first = '' as StoreId, second = '' as StoreId] = stores;
  await directory.changeStore(first, (known) => ({ ...known, placedFor: 'serving' }));
  await directory.removeStore(second, 'forgotten');
  const known = (await directory.stores()).find(({ store }) => store === first);
  expect(known).toMatchObject({ generation: 1, position: 10 });
  expect(known).not.toHaveProperty('placedFor');
});

test('a store that left is remembered and does not enrol again, be it interrupted at any commit', async () => {
  for (let commits = 0, isWhole = false; !isWhole; commits++) {
    const { directory, engine, stores, write, enrol } = await directoryScene();
    const [first = '' as StoreId] = stores;
    for (const name of ['a', 'b']) await write(`/shared/${name}`, name);
    const interrupted = createDirectory({
      ...{ random: distinctRandom(), hasher: plainHasher },
      runner: endsAfter(engine, commits),
      journalHolders: () => ({ inView: [], left: [] }),
    });
    isWhole = await interrupted.removeStore(first, 'retired').then(
      () => true,
      () => false,
    );
    if (commits > 0) {
      expect(await directory.departedStores()).toMatchObject([{ store: first, how: 'retired' }]);
      expect(await refusedWith(enrol(first, 1))).toBe('foreign-store');
      // Nothing that is written from then on counts on it.
      await write('/shared/a', 'later');
      const late = (await directory.chunksOn(first, undefined, 10)).map(({ length }) => length);
      expect(late).not.toContain('later'.length);
    }
    // What its copies were is gone with its record, and not before it.
    const known = (await directory.stores()).some(({ store }) => store === first);
    if (!known) expect(await directory.chunksOn(first, undefined, 10)).toEqual([]);
    await directory.removeStore(first, 'forgotten');
    expect((await directory.stores()).map(({ store }) => store)).not.toContain(first);
    expect(await directory.chunksOn(first, undefined, 10)).toEqual([]);
    expect(await brokenRules(engine)).toEqual([]);
  }
});

// fills DIRECTORY_LIMITS.departedStores
test('of more stores that left than are remembered, the one that left first may come again', async () => {
  const { directory, enrol } = await directoryScene();
  const left = Array.from(
    { length: DIRECTORY_LIMITS.departedStores + 1 },
    (_, i) => i.toString(16).padStart(32, '0') as StoreId,
  );
  for (const store of left) {
    await enrol(store, 1);
    await directory.removeStore(store, 'retired');
  }
  expect(await directory.departedStores()).toHaveLength(DIRECTORY_LIMITS.departedStores);
  expect(await refusedWith(enrol(left.at(-1) ?? ('' as StoreId), 1))).toBe('foreign-store');
});

// fills DATA_LIMITS.rosterStores
test('no more stores are enrolled than the limit says, until one has left', async () => {
  const { directory, stores, enrol } = await directoryScene();
  const store = (number: number): StoreId => `${number}`.padStart(32, 'e') as StoreId;
  for (let i = stores.length; i < DATA_LIMITS.rosterStores; i++) await enrol(store(i), 1);
  expect(await refusedWith(enrol(store(100), 1))).toBe('limit-exceeded');
  await directory.removeStore(store(10), 'retired');
  await enrol(store(100), 1);
});

/** A frontend that ends after so many commits. */
function endsAfter(runner: TransactionRunner, commits: number): TransactionRunner {
  let left = commits;
  return {
    query: (body) => runner.query(body),
    queryAhead: (body) => runner.queryAhead(body),
    transact: async (...args) => {
      if (left-- <= 0) throw new Error('The frontend ended.');
      return await runner.transact(...args);
    },
  };
}
