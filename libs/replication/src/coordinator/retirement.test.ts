import type { StoreId } from '@holdfast/contracts';
import type { ChunkInfo, DepartedStore, Departure, StoreRecord } from '@holdfast/directory';
import { type SimulatedClock, simulatedClock } from '@holdfast/testkit';
import { expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { StoreRecords, storeRecord } from '../testing/store-records.ts';
import { Flights } from './flights.ts';
import { Members } from './members.ts';
import { Retirement } from './retirement.ts';

const leaving = '1'.repeat(32) as StoreId;
const other = '2'.repeat(32) as StoreId;

interface Scene {
  readonly clock: SimulatedClock;
  readonly flights: Flights;
  readonly records: StoreRecords;
  readonly retirement: Retirement;
  readonly members: Members;
  readonly left: readonly StoreId[];
  readonly departed: readonly DepartedStore[];
  /** The stores that have the whole directory. */
  readonly inView: StoreId[];
  /** Called when the server is marked as leaving. */
  onMark: () => void;
  onRetire: (store: StoreId) => Promise<void>;
  /** Called before the server is removed. */
  onRemove: () => Promise<void>;
  chunk: Partial<ChunkInfo>;
}

/** A server that was emptied, of whose one chunk the directory says this. */
function scene(chunk: Partial<ChunkInfo>, isReferenced = true): Scene {
  const clock = simulatedClock();
  const flights = new Flights();
  const members = new Members(clock);
  members.enrol({ store: leaving, name: 'server-1' }).retiring = true;
  const staying = members.enrol({ store: other, name: 'server-2' });
  staying.generation = 2;
  members.change(staying, 'live');
  const records = new StoreRecords(
    storeRecord({ store: leaving, retiring: true, placedFor: 'retiring' }),
    // Its disk was lost: it is of the second generation now.
    storeRecord({ store: other, generation: 2, placedFor: 'serving' }),
  );
  const left: StoreId[] = [];
  const departed: DepartedStore[] = [];
  const removeStore = async (store: StoreId, how: Departure): Promise<void> => {
    await made.onRemove();
    departed.push({ store, name: 'server-1', how, leftMs: 0 });
    left.push(store);
  };
  const departedStores = async (): Promise<readonly DepartedStore[]> => [...departed];
  const chunksOn = async (): Promise<readonly unknown[]> => [
    { file: 'f', hash: 'h', length: 1, wanted: [other], holders: [], ...made.chunk },
  ];
  const referenced = async (chunks: readonly unknown[]): Promise<readonly unknown[]> =>
    isReferenced ? chunks : [];
  const emptyStore = async (): Promise<void> => {};
  const changeStore = async (...[store, change]: Parameters<StoreRecords['changeStore']>) =>
    await records.changeStore(store, (known) => {
      const changed = change(known);
      if (changed?.leaving && !known.leaving) made.onMark();
      return changed;
    });
  const stores = (): Promise<readonly StoreRecord[]> => records.stores();
  const directory = { stores, changeStore, chunksOn, referenced, emptyStore };
  const inView: StoreId[] = [leaving, other];
  const retirement = new Retirement({
    directory: { ...directory, removeStore, departedStores } as never,
    members,
    view: {
      status: { roster: [], view: { stores: inView } },
      retire: (store: StoreId) => made.onRetire(store),
    } as never,
    flights,
    clock,
  });
  const made: Scene = {
    ...{ clock, flights, records, retirement, members, left, departed, chunk, inView },
    ...{ onMark: () => {}, onRetire: async () => {}, onRemove: async () => {} },
  };
  return made;
}

test.each([
  [1, []],
  [2, [leaving]],
])(
  'a copy elsewhere of generation %i of 2 lets these servers leave: %j',
  async (generation, left) => {
    const holders = [{ store: other, generation, confirmed: true }];
    const retiring = scene({ holders });
    using _members = retiring.members;
    await retiring.retirement.round();
    expect(retiring.left).toEqual(left);
  },
);

test('what was written to a server while it was counted keeps it, until that is copied too', async () => {
  const copied = { holders: [{ store: other, generation: 2, confirmed: true }] };
  const retiring = scene(copied);
  using _members = retiring.members;
  retiring.onMark = () => (retiring.chunk = {});
  await retiring.retirement.round();
  expect(retiring.left).toEqual([]);
  const [known] = await retiring.records.stores();
  expect(known?.leaving).toBe(false);
  expect(retiring.members.find(leaving)?.leaving).toBe(false);
  retiring.onMark = () => {};
  retiring.chunk = copied;
  await retiring.retirement.round();
  expect(retiring.left).toEqual([leaving]);
});

test('no server leaves while the copies elsewhere are on servers that are gone', async () => {
  const retiring = scene({ holders: [{ store: other, generation: 2, confirmed: true }] });
  using members = retiring.members;
  for (const staying of members.live) members.change(staying, 'gone');
  await retiring.retirement.round();
  expect(retiring.left).toEqual([]);
});

test('no server leaves that is the only one with the directory, and the files in it', async () => {
  const retiring = scene({ holders: [{ store: other, generation: 2, confirmed: true }] });
  using _members = retiring.members;
  retiring.inView.pop();
  await retiring.retirement.round();
  expect(retiring.left).toEqual([]);
  retiring.inView.push(other);
  await retiring.retirement.round();
  expect(retiring.left).toEqual([leaving]);
});

test('a file that was given a store just before it began to retire is given another', async () => {
  const holders = [{ store: other, generation: 2, confirmed: true }];
  const retiring = scene({ wanted: [leaving], holders });
  using _members = retiring.members;
  await retiring.retirement.round();
  expect(retiring.left).toEqual([]);
  const [known] = await retiring.records.stores();
  expect(known?.placedFor).toBe('serving');
});

test('the only current copy is not given up with a server that is forgotten', async () => {
  const holders = [{ store: other, generation: 1, confirmed: true }];
  const retiring = scene({ holders });
  using members = retiring.members;
  const [member] = members.all;
  if (!member) expect.fail();
  await expect(retiring.retirement.forget(member, false)).rejects.toThrow(/on server-1 only/);
});

test('a server that has only what was deleted meanwhile is forgotten without a word of loss', async () => {
  const retiring = scene({}, false);
  using members = retiring.members;
  const [member] = members.all;
  if (!member) expect.fail();
  await retiring.retirement.forget(member, false);
  expect(retiring.left).toEqual([leaving]);
});

test('a server that is given up is marked by nothing but the commit that answers the call', async () => {
  const scenery = scene({});
  using members = scenery.members;
  const [member] = members.all;
  if (!member) expect.fail();
  member.retiring = false;
  await scenery.records.putStore(storeRecord({ store: leaving, retiring: false }));
  let marked = false;
  scenery.onRemove = async () => {
    marked = (await scenery.records.stores()).some(({ retiring }) => retiring);
    expect(member.retiring, 'no file is given it meanwhile').toBe(true);
    throw new Error('the directory is read-only');
  };
  await expect(scenery.retirement.forget(member, true)).rejects.toThrow('read-only');
  expect(marked).toBe(false);
  expect(member.retiring, 'it stays, after all').toBe(false);
});

// fills REPLICATION_LIMITS.drainMs
test.each([
  [1_000, 1_000],
  [600_000, LIMITS.drainMs],
])('of what was sent there and lands after %i ms, %i are waited for', async (landsMs, waitedMs) => {
  const retiring = scene({ holders: [{ store: other, generation: 2, confirmed: true }] });
  using members = retiring.members;
  const flight = retiring.flights.begin(members.positions());
  const { clock } = retiring;
  clock.schedule(landsMs, () => flight[Symbol.dispose]());
  const beat = (): void => {
    const report = { freeBytes: 1, totalBytes: 1, chunks: 0, chunkBytes: 0, position: 0 };
    members.find(other)?.heard(report);
    clock.schedule(LIMITS.heartbeatMs, beat);
  };
  beat();
  await clock.run(retiring.retirement.round());
  expect(clock.monotonicMs()).toBe(waitedMs);
  expect(retiring.left).toEqual([leaving]);
});

test('a server that has left in the directory is taken off the roster, be it by the next frontend', async () => {
  const retiring = scene({ holders: [{ store: other, generation: 2, confirmed: true }] });
  using members = retiring.members;
  const retired: StoreId[] = [];
  retiring.onRetire = async () => expect.fail('the frontend ended here');
  await expect(retiring.retirement.round()).rejects.toThrow('ended here');
  expect(retiring.departed).toMatchObject([{ store: leaving, how: 'retired' }]);
  expect(members.find(leaving)).toBeDefined();
  retiring.onRetire = async (store) => void retired.push(store);
  await retiring.retirement.round();
  expect(retired).toEqual([leaving]);
  expect(members.find(leaving)).toBeUndefined();
});
