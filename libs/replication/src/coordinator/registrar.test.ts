import type { CallContext, DirectoryId, StoreId, StoreStand } from '@holdfast/contracts';
import type { DepartedStore, EngineState } from '@holdfast/directory';
import { type SimulatedClock, simulatedClock } from '@holdfast/testkit';
import { beforeEach, expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { joinMember, storeNumber } from '../testing/join-member.ts';
import { Departures } from './departures.ts';
import { Members } from './members.ts';
import { Registrar } from './registrar.ts';

const OURS = 'd'.repeat(32) as DirectoryId;
const OTHER = 'e'.repeat(32) as DirectoryId;
const report = { freeBytes: 1, totalBytes: 1, chunks: 0, chunkBytes: 0, position: 0 };

let clock: SimulatedClock;
let members: Members;
let caughtUp: { name: string; adoptId: StoreId | undefined }[];
let strangers: string[];
let departed: DepartedStore[];
let state: EngineState;
let registrar: Registrar;
beforeEach(() => {
  clock = simulatedClock();
  members = new Members(clock);
  caughtUp = [];
  strangers = [];
  departed = [];
  state = 'serving';
  const view = {
    get status() {
      return { state, directory: OURS, epoch: 3 };
    },
    meetStranger: (name: string) => void strangers.push(name),
  };
  registrar = new Registrar({
    clock,
    members,
    catchUp: {
      begin: ({ name }: { name: string }, { adoptId }: { adoptId: StoreId | undefined }) =>
        void caughtUp.push({ name, adoptId }),
    } as never,
    view: view as never,
    directory: { departedStores: async () => departed },
    departures: new Departures(members, clock),
    storeOf: () => ({ remote: {} as never, lost: new AbortController().signal }),
  });
});

/** Registers a server called `name` whose data folder holds `store`. */
async function register(
  name: string,
  store: StoreId,
  options: { directory?: DirectoryId; incarnation?: number } = {},
): Promise<CallContext> {
  const { directory, incarnation = 1 } = options;
  const stand: StoreStand = {
    store,
    ...(directory === undefined ? {} : { directory }),
    ...{ generation: 1, position: 0, epoch: 0, journal: { epoch: 0, number: 0, hash: '' } },
  };
  const principal = { kind: 'part', part: 'server', name };
  const context = { session: { id: `session of ${name} ${incarnation}`, principal } };
  const params = { incarnation, address: `ws://${name}`, pid: 1, stand, report };
  await registrar.register(params, context as unknown as CallContext);
  return context as unknown as CallContext;
}

test('a store of another directory is refused, and the directory is told of it', async () => {
  await expect(register('server-1', storeNumber(1), { directory: OTHER })).rejects.toMatchObject({
    code: 'foreign-store',
    message: expect.stringContaining('belongs to another Holdfast directory'),
  });
  expect(strangers).toEqual(['server-1']);
  expect(members.all).toEqual([]);
});

test('two servers of one name are told apart from a restart by their incarnation', async () => {
  await register('server-1', storeNumber(1), { directory: OURS, incarnation: 5 });
  const older = register('server-1', storeNumber(1), { directory: OURS, incarnation: 4 });
  await expect(older).rejects.toMatchObject({ code: 'already-exists' });
  const stranger = register('server-1', storeNumber(2), { incarnation: 6 });
  await expect(stranger).rejects.toMatchObject({
    code: 'already-exists',
    message: expect.stringContaining('ws://server-1 (process 1)'),
  });
  await register('server-1', storeNumber(1), { directory: OURS, incarnation: 6 });
  expect(members.named('server-1')?.connection?.incarnation).toBe(6);
});

test('data folders that were swapped are refused, each with the name of its owner', async () => {
  for (const number of [1, 2])
    members.enrol({ store: storeNumber(number), name: `server-${number}` });
  const swapped = register('server-1', storeNumber(2), { directory: OURS });
  await expect(swapped).rejects.toMatchObject({
    code: 'foreign-store',
    message: expect.stringContaining('is that of server-2'),
  });
  const unknown = register('server-1', storeNumber(3), { directory: OURS });
  await expect(unknown).rejects.toMatchObject({ code: 'foreign-store' });
});

// fills REPLICATION_LIMITS.adoptAfterMs
test('a server that lost its disk takes the place of its old store, but not at once', async () => {
  members.enrol({ store: storeNumber(1), name: 'server-1' });
  const early = register('server-1', storeNumber(9));
  await expect(early).rejects.toMatchObject({ code: 'unavailable' });
  await clock.advance(LIMITS.adoptAfterMs);
  await register('server-1', storeNumber(9));
  expect(caughtUp).toEqual([{ name: 'server-1', adoptId: storeNumber(1) }]);
  expect(members.all.map(({ store }) => store)).toEqual([storeNumber(1)]);
});

test('while a server is connected, no empty folder takes its place', async () => {
  joinMember(members, 1);
  await clock.advance(LIMITS.adoptAfterMs);
  await expect(register('server-1', storeNumber(9))).rejects.toMatchObject({
    code: 'already-exists',
  });
});

test.each([
  ['retired', 'server-1', 'The data folder of server-1 was retired on 2026-'],
  ['forgotten', 'server-2', 'of server-2, which was that of server-1, was forgotten on 2026-'],
] as const)(
  'a store that was %s is refused, under the name of %s, and an empty folder joins as new',
  async (how, name, message) => {
    departed.push({ store: storeNumber(1), name: 'server-1', how, leftMs: Date.UTC(2026, 6, 1) });
    const returning = register(name, storeNumber(1), { directory: OURS });
    await expect(returning).rejects.toMatchObject({
      code: 'foreign-store',
      message: expect.stringMatching(new RegExp(`${message}.*empty that folder`)),
    });
    expect(members.all).toEqual([]);
    await register(name, storeNumber(9));
    expect(members.all.map(({ store }) => store)).toEqual([storeNumber(9)]);
  },
);

// fills REPLICATION_LIMITS.refusedShownMs
test('servers that are refused are shown while they try, and announced once', async () => {
  const departures = new Departures(members, clock);
  const said: string[] = [];
  using _listening = members.onEvent(({ message }) => said.push(message));
  const left = { store: storeNumber(1), name: 'server-1', how: 'retired', leftMs: 0 } as const;
  const { message } = departures.refuse('server-1', left);
  departures.refuse('server-1', left);
  expect(said).toEqual([message]);
  expect(departures.present).toEqual([{ name: 'server-1', reason: message }]);
  await clock.advance(LIMITS.refusedShownMs + 1);
  expect(departures.present).toEqual([]);
});

test('a server whose store left hears so with its next heartbeat', async () => {
  state = 'starting';
  departed.push({ store: storeNumber(1), name: 'server-1', how: 'retired', leftMs: 0 });
  const session = await register('server-1', storeNumber(1), { directory: OURS });
  state = 'serving';
  members.remove(storeNumber(1));
  const heard = registrar.heartbeat({ report }, session);
  await expect(heard).rejects.toMatchObject({ code: 'foreign-store' });
});
