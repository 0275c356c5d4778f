import { LINEAGE_EPOCHS, type StoreStand } from '@holdfast/contracts';
import type { StoreRecord } from '@holdfast/directory';
import { deferred } from '@holdfast/kernel';
import { type SimulatedClock, simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { StoreRecords, storeRecord } from '../testing/store-records.ts';
import { CatchUp } from './catch-up.ts';
import type { Member } from './member.ts';
import { Members } from './members.ts';

const report = { freeBytes: 0, totalBytes: 0, chunks: 0, chunkBytes: 0, position: 0 };

interface Scene {
  readonly clock: SimulatedClock;
  readonly member: Member;
  readonly members: Members;
  readonly records: StoreRecords;
  /** What becomes of each attempt to take the store into the view. */
  joining: 'joined' | 'waiting';
  /** Whether the directory serves; tell its listeners. */
  state: 'starting' | 'serving';
  readonly listeners: Set<() => void>;
  settled: number;
  epoch: number;
  settling: Promise<void>;
  accepting: Promise<void>;
  known(): Promise<StoreRecord | undefined>;
  /** Until nothing goes on any more. */
  rest(): Promise<void>;
  arrive(stand: Partial<StoreStand>, reached?: number): Promise<void>;
  /** The generation in which the directory counted the store's holders, at each step of its return. */
  readonly counted: (readonly [step: string, generation: number | undefined])[];
}

/** A store that the directory knows, and which registers with one disk or another. */
function scene(known: Partial<StoreRecord>): Scene & Disposable {
  const clock = simulatedClock();
  const members = new Members(clock);
  const records = new StoreRecords(storeRecord(known));
  const member = members.enrol(storeRecord());
  const made: Scene & Disposable = {
    clock,
    member,
    members,
    records,
    joining: 'joined',
    state: 'serving',
    listeners: new Set(),
    settled: 0,
    epoch: 1,
    settling: Promise.resolve(),
    accepting: Promise.resolve(),
    counted: [],
    known: async () => (await records.stores())[0],
    rest: () => clock.settle(),
    async arrive(about, reached = 0) {
      const stand = { generation: 1, position: 0, ...about } as StoreStand;
      const accept = async ({ generation }: { generation: number }): Promise<object> => {
        made.counted.push(['accepted', (await made.known())?.generation]);
        await made.accepting;
        return { stand: { ...stand, generation: Math.max(stand.generation, generation) } };
      };
      const ended = new AbortController().signal;
      const remote = { accept } as never;
      const connection = { incarnation: 1, address: '', pid: 1, remote, session: 's', ended };
      member.connect(connection, report);
      members.change(member, 'catching-up');
      catchUp.begin(member, { stand, reached, adoptId: undefined });
      await clock.settle();
    },
    [Symbol.dispose]: () => members[Symbol.dispose](),
  };
  const joinView = async (): Promise<string> => {
    made.counted.push(['in view', (await made.known())?.generation]);
    return made.joining;
  };
  const catchUp = new CatchUp({
    members,
    directory: records as never,
    view: {
      joinView,
      onStatus: (listener: () => void) => {
        made.listeners.add(listener);
        return { [Symbol.dispose]: () => made.listeners.delete(listener) };
      },
      status: {
        writable: true,
        get state() {
          return made.state;
        },
        get epoch() {
          return made.epoch;
        },
      },
    } as never,
    inventory: {
      async settle() {
        made.settled++;
        await made.settling;
      },
    } as never,
    clock,
    directoryId: 'd' as never,
    onProblem: (_, error) => expect.fail(String(error)),
  });
  return made;
}

test('another disk under the same identity is compared with the directory, however far it is', async () => {
  using store = scene({ generation: 2, settledGeneration: 2, position: 10 });
  await store.arrive({ generation: 1, position: 1_000 });
  expect(store.member.state).toBe('live');
  expect(store.settled).toBe(1);
  expect(await store.known()).toMatchObject({ generation: 3, settledGeneration: 3 });
});

test('a store behind what it acknowledged a moment ago has forgotten something', async () => {
  using store = scene({ position: 10 });
  await store.arrive({ position: 11 }, 12);
  expect(store.settled).toBe(1);
  expect(await store.known()).toMatchObject({ generation: 2, position: 11 });
});

test('after a rebuild that gave up changes each store is compared with the directory, once', async () => {
  using store = scene({ position: 10 });
  store.epoch = LINEAGE_EPOCHS + 1;
  await store.arrive({ position: 10 });
  expect(store.settled).toBe(1);
  expect(await store.known()).toMatchObject({ generation: 2, lineage: 1 });
  await store.arrive({ position: 10, generation: 2 });
  expect(store.settled).toBe(1);
});

test('what a store has forgotten is in doubt before it is given anything', async () => {
  using store = scene({ position: 10 });
  await store.arrive({ position: 5 });
  expect(store.counted).toEqual([
    ['in view', 2],
    ['accepted', 2],
  ]);
  expect(await store.known()).toMatchObject({ generation: 2, settledGeneration: 2, position: 5 });
});

test('a store that took a lost one’s place, and was then forgotten, is in doubt again', async () => {
  using store = scene({ position: 0 });
  // So it stands after an adoption that its frontend did not live to record.
  await store.arrive({ generation: 0, position: 0 });
  expect(store.settled).toBe(1);
  expect(await store.known()).toMatchObject({ generation: 2, settledGeneration: 2 });
});

test('a store that is dropped from the view while it catches up joins again before it is live', async () => {
  using store = scene({ position: 10 });
  const accepting = deferred();
  store.accepting = accepting.promise;
  await store.arrive({ position: 10 });
  store.members.suspect(store.member.store, 'Its journal made no progress.');
  store.accepting = Promise.resolve();
  accepting.resolve();
  await store.clock.settle();
  expect(store.member.state).toBe('catching-up');
  await store.clock.advance(LIMITS.catchUpRetryMs);
  expect(store.member.state).toBe('live');
  expect(store.counted.map(([step]) => step)).toEqual([
    ...['in view', 'accepted'],
    ...['in view', 'accepted'],
  ]);
});

test('what is decided about a store while it catches up still holds afterwards', async () => {
  using store = scene({ position: 10 });
  const settling = deferred();
  store.settling = settling.promise;
  await store.arrive({ position: 5 });
  expect(store.settled).toBe(1);
  await store.records.changeStore(store.member.store, (now) => ({ ...now, retiring: true }));
  settling.resolve();
  await store.rest();
  expect(store.member.state).toBe('live');
  expect(await store.known()).toMatchObject({ retiring: true, settledGeneration: 2 });
});

test('a registration that a newer one has replaced changes nothing any more', async () => {
  using store = scene({ position: 10 });
  const accepting = deferred();
  store.accepting = accepting.promise;
  await store.arrive({ position: 5 });
  store.accepting = Promise.resolve();
  await store.arrive({ generation: 3, position: 20 });
  expect(store.member).toMatchObject({ state: 'live', generation: 3, position: 20 });
  accepting.resolve();
  await store.rest();
  expect(await store.known()).toMatchObject({ generation: 3, position: 20 });
  expect(store.member).toMatchObject({ generation: 3, position: 20 });
});

test('stores that came before the directory served go on as soon as it does', async () => {
  using store = scene({ position: 10 });
  store.joining = 'waiting';
  store.state = 'starting';
  await store.arrive({ position: 10 });
  await store.clock.advance(2 * LIMITS.catchUpRetryMs);
  expect(store.member.state).toBe('catching-up');
  store.joining = 'joined';
  store.state = 'serving';
  for (const listener of store.listeners) listener();
  await store.clock.settle();
  expect(store.member.state).toBe('live');
  expect(store.listeners.size).toBe(0);
});

// fills REPLICATION_LIMITS.catchUpRetryMaxMs
test('a store that others must come before is tried again, however long they take', async () => {
  using store = scene({ position: 10 });
  store.joining = 'waiting';
  await store.arrive({ position: 10 });
  await store.clock.advance(600_000);
  const before = store.counted.length;
  await store.clock.advance(10 * LIMITS.catchUpRetryMaxMs);
  expect(store.counted.length - before).toBe(10);
  store.joining = 'joined';
  await store.clock.advance(LIMITS.catchUpRetryMaxMs);
  expect(store.counted.map(([step]) => step).slice(-2)).toEqual(['in view', 'accepted']);
});
