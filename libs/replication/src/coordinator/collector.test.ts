import type { CallContext, ChunkId } from '@holdfast/contracts';
import { blake3Hasher } from '@holdfast/crypto';
import { type Directory, type GarbageChunk, createDirectory } from '@holdfast/directory';
import { testEngine } from '@holdfast/directory/testing';
import { seededRandom, simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { joinMember, storeNumber } from '../testing/join-member.ts';
import { storeRecord } from '../testing/store-records.ts';
import { Collector } from './collector.ts';
import { Flights } from './flights.ts';
import { Inventory } from './inventory.ts';
import { Members } from './members.ts';
import { Strays } from './strays.ts';

interface Scene extends Disposable {
  readonly collector: Collector;
  /** How many chunks each call to the server deleted. */
  readonly deleted: readonly number[];
}

/** A collector of a directory of which this is known, and a server that deletes what it is told to. */
function scene(known: Partial<Directory>): Scene {
  const members = new Members(simulatedClock());
  const deleted: number[] = [];
  joinMember(members, 1, {
    delete: async ({ chunks }) => {
      deleted.push(chunks.length);
      return { deleted: chunks.map(() => true) };
    },
  });
  const nothing = async (): Promise<[]> => [];
  const directory = { garbage: nothing, referenced: nothing, openUploads: nothing, ...known };
  const strays = new Strays(() => members.live);
  const parts = { directory: directory as Directory, members, strays };
  const inventory = new Inventory({ ...parts, flights: new Flights(), epoch: () => 1 });
  return {
    collector: new Collector(parts.directory, members, inventory, strays),
    deleted,
    [Symbol.dispose]: () => members[Symbol.dispose](),
  };
}

// fills REPLICATION_LIMITS.collectSteps
test('a round that finds more and more to give back ends, and says that there is more', async () => {
  let left = 2 * LIMITS.collectSteps;
  using cluster = scene({ reap: async () => --left > 0 });
  expect(await cluster.collector.round()).toBe(true);
  expect(left).toBe(LIMITS.collectSteps);
  expect(await cluster.collector.round()).toBe(false);
  expect(left).toBe(0);
});

// fills REPLICATION_LIMITS.garbageRoundChunks
test('of much garbage so many chunks go in a round, and all of them in some rounds', async () => {
  const count = 2 * LIMITS.garbageRoundChunks + 1;
  const garbage = Array.from({ length: count }, (_, i): GarbageChunk => {
    const id = { file: 'f', hash: `${i}` } as unknown as ChunkId;
    return { ...id, stores: [storeNumber(1)] };
  });
  const forgotten = new Set<string>();
  using cluster = scene({
    reap: async () => false,
    garbage: async (limit) => garbage.filter(({ hash }) => !forgotten.has(hash)).slice(0, limit),
    collected: async ({ hash }) => void forgotten.add(hash),
  });
  const more: boolean[] = [];
  for (let round = 0; round < 3; round++) more.push(await cluster.collector.round());
  expect(more).toEqual([true, true, false]);
  expect(cluster.deleted).toEqual([LIMITS.garbageRoundChunks, LIMITS.garbageRoundChunks, 1]);
  expect(forgotten.size).toBe(count);
});

// fills REPLICATION_LIMITS.uploadIdleMs
test('an upload that nobody goes on with is given up after a day, and not before', async () => {
  const engine = testEngine();
  const parts = { runner: engine, random: seededRandom(1), hasher: blake3Hasher };
  const directory = createDirectory({ ...parts, journalHolders: () => ({ inView: [], left: [] }) });
  await directory.ensureRoots();
  await directory.putStore(storeRecord({ store: storeNumber(1) }));
  const principal = { kind: 'user', user: 'admin', admin: true, login: 'admin' };
  const context = { session: { principal } } as unknown as CallContext;
  const placement = { stores: [storeNumber(1)], copies: 1 };
  const file = 'f'.repeat(32) as never;
  const opened = { options: { path: '/shared/a' }, file, placement, positions: {} };
  await directory.openUpload(opened, context);
  using cluster = scene({
    reap: (options) => directory.reap(options),
    openUploads: () => directory.openUploads(),
  });
  engine.advance(LIMITS.uploadIdleMs - 1);
  await cluster.collector.round();
  expect(await directory.openUploads()).toHaveLength(1);
  engine.advance(1);
  await cluster.collector.round();
  expect(await directory.openUploads()).toEqual([]);
});
