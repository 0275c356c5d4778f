import { openChunkStore } from '@holdfast/chunk-store';
import {
  type CallContext,
  type ChunkHash,
  type ChunkLink,
  type ChunkStore,
  DATA_LIMITS,
  type DirectTicket,
  type DirectoryId,
  HoldfastError,
  type PutOutcome,
  type PutReceipt,
  type PutTicket,
  type TicketPut,
  type UploadId,
} from '@holdfast/contracts';
import { blake3Hasher, chunkTickets, putProofs } from '@holdfast/crypto';
import { deferred, toHex, utf8 } from '@holdfast/kernel';
import { mirrorPlacement } from '@holdfast/placement';
import { seededRandom, simulatedClock, simulatedDisk } from '@holdfast/testkit';
import { beforeEach, expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { ClusterScene } from '../testing/cluster-scene.ts';
import { DirectPuts } from './direct-puts.ts';
import { DirectReads } from './direct-reads.ts';
import type { Member } from '../coordinator/member.ts';
import { PeerChunkLinks } from './peer-chunk-links.ts';
import { TicketNonces } from './ticket-nonces.ts';

const SERVERS = ['server-1', 'server-2', 'server-3'];
const KEY = new Uint8Array(32).fill(7);
const PROOFS = putProofs(KEY);
const PATH = '/shared/film';
const BYTES = utf8('a chunk of it');
const hashOf = (bytes: Uint8Array): ChunkHash => toHex(blake3Hasher.hash([bytes])) as ChunkHash;
const CHUNK = { offset: 0, length: BYTES.length, hash: hashOf(BYTES) };

let clock: ReturnType<typeof simulatedClock>;
let scene: ClusterScene;
let context: CallContext;
let stores: Map<string, ChunkStore>;
let puts: Map<string, DirectPuts>;
let reads: Map<string, DirectReads>;
let passed: { readonly from: string; readonly to: string }[];
/** What happens on the way from one server to another. */
let onTheWay: (to: string) => Promise<void>;
let upload: UploadId;

beforeEach(async () => {
  clock = simulatedClock();
  const random = seededRandom('puts');
  const parts = { clock, hasher: blake3Hasher, random };
  const tickets = chunkTickets(KEY);
  scene = new ClusterScene({ ...parts, tickets, puts: PROOFS, placement: mirrorPlacement() });
  context = scene.call();
  await clock.run(scene.directory.ensureRoots());
  stores = new Map();
  puts = new Map();
  reads = new Map();
  passed = [];
  onTheWay = async () => {};
  for (const name of SERVERS) await join(name);
  await clock.advance(1_000);
  ({ upload } = await clock.run(scene.files.openUpload({ path: PATH }, scene.call())));
});

async function join(name: string): Promise<void> {
  const random = seededRandom(name);
  const disk = simulatedDisk({ random, clock }).mount();
  const folder = { disk, folder: 'chunks', segmentBytes: 262_144 };
  const parts = { clock, hasher: blake3Hasher, random, reserveBytes: 0, ballastBytes: 0 };
  const store = await clock.run(openChunkStore({ ...parts, ...folder }));
  const nonces = new TicketNonces(clock, random.fork('nonces'));
  const service = await clock.run(scene.join(name, store, nonces));
  const links = new PeerChunkLinks({ clock, dial: ({ name: to }) => linkBetween(name, to) });
  stores.set(name, store);
  reads.set(name, new DirectReads({ store, nonces, tickets: chunkTickets(KEY) }));
  puts.set(name, new DirectPuts({ name, store, service, nonces, proofs: PROOFS, links }));
}

function linkBetween(from: string, to: string): ChunkLink {
  const over = new AbortController();
  const put: ChunkLink['put'] = async (wanted, content, signal) => {
    passed.push({ from, to });
    const stopped = deferred<never>();
    signal?.addEventListener('abort', () => stopped.reject(signal.reason));
    await Promise.race([onTheWay(to), stopped.promise]);
    return (await puts.get(to)?.put(wanted, content).outcome) ?? { receipts: [], refused: [] };
  };
  const read = (): Promise<never> => deferred<never>().promise;
  return { ready: Promise.resolve(), ended: over.signal, read, put, close: () => over.abort() };
}

/** In the order of the servers' names. */
async function ticketsFor(chunk = CHUNK): Promise<TicketPut> {
  const asked = scene.files.putTickets({ ...chunk, upload }, context);
  const { file, tickets } = await clock.run(asked);
  const sorted = tickets.toSorted((a, b) => (a.server < b.server ? -1 : 1));
  return { file, hash: chunk.hash, length: chunk.length, tickets: sorted };
}

async function put(wanted: TicketPut, bytes = BYTES): Promise<readonly PutReceipt[]> {
  return (await outcomeOf(wanted, bytes)).receipts;
}

async function outcomeOf(wanted: TicketPut, bytes = BYTES): Promise<PutOutcome> {
  const first = puts.get(wanted.tickets[0]?.server ?? '');
  first?.admit(wanted);
  const outcome = first?.put(wanted, [bytes]).outcome ?? { receipts: [], refused: [] };
  return await clock.run(Promise.resolve(outcome));
}

function note(receipts: readonly PutReceipt[], offset = 0): Promise<{ holders: string[] }> {
  return clock.run(scene.files.notePut({ upload, offset, receipts: [...receipts] }, context));
}

async function commit(): Promise<void> {
  const root = toHex(blake3Hasher.hash([blake3Hasher.hash([BYTES])])) as ChunkHash;
  const commits = { upload, sizeBytes: BYTES.length, root };
  await clock.run(scene.files.commitUpload(commits, scene.call()));
}

async function holders(): Promise<readonly string[]> {
  const { chunks } = await clock.run(scene.files.where({ path: PATH, fromOffset: 0 }, context));
  return (chunks[0]?.holders ?? [])
    .filter(({ confirmed }) => confirmed)
    .map(({ server }) => server);
}

const refused = { code: 'unauthenticated' };
const countsNot = { code: 'invalid-argument' };

test('one server passes a chunk on to the next, and all receipts together make a file', async () => {
  const wanted = await ticketsFor();
  expect(wanted.tickets.map(({ server, address }) => [server, address])).toEqual(
    SERVERS.map((server) => [server, `ws://${server}`]),
  );
  const receipts = await put(wanted);
  expect(receipts.map(({ server }) => server)).toEqual(SERVERS);
  expect(passed).toEqual([
    { from: 'server-1', to: 'server-2' },
    { from: 'server-2', to: 'server-3' },
  ]);
  expect((await note(receipts)).holders.toSorted()).toEqual(SERVERS);
  await commit();
  expect((await holders()).toSorted()).toEqual(SERVERS);
});

test('a ticket to read puts nothing, and one to put reads nothing', async () => {
  const wanted = await ticketsFor();
  await note(await put(wanted));
  await commit();
  const { handle = '' } = await clock.run(
    scene.files.openRead({ path: PATH, inlineBytes: 0 }, context),
  );
  const { chunks } = await clock.run(scene.files.tickets({ handle, fromOffset: 0 }, context));
  const toRead = chunks[0]?.tickets.find(({ server }) => server === 'server-1') as DirectTicket;
  const [toPut] = wanted.tickets;
  const store = toPut?.store as PutTicket['store'];
  await expect(put({ ...wanted, tickets: [{ ...toRead, store }] })).rejects.toMatchObject(refused);
  const { file, hash } = wanted;
  const ticket = toPut?.ticket as DirectTicket['ticket'];
  const open = (): unknown => reads.get('server-1')?.open({ file, hash, ticket });
  expect(open).toThrow(expect.objectContaining(refused));
});

test('a ticket takes no other chunk, no other bytes and leads to no other server', async () => {
  const wanted = await ticketsFor();
  const other = utf8('other bytes!!');
  await expect(put({ ...wanted, hash: hashOf(other) }, other)).rejects.toMatchObject(refused);
  await expect(put(wanted, other)).rejects.toMatchObject({ code: 'damaged' });
  const [first, second] = wanted.tickets;
  const swapped = { ...first, ticket: second?.ticket } as PutTicket;
  await expect(put({ ...wanted, tickets: [swapped] })).rejects.toMatchObject(refused);
  expect([...stores.values()].map(({ usage }) => usage.chunks)).toEqual([0, 0, 0]);
});

test('a ticket to put expires, and ends with the epoch of its coordinator', async () => {
  const wanted = await ticketsFor();
  await clock.advance(2 * LIMITS.ticketNonceMs);
  await expect(put(wanted)).rejects.toMatchObject(refused);
  const fresh = await ticketsFor();
  const store = stores.get('server-1');
  const directory = store?.directory as DirectoryId;
  await clock.run(Promise.resolve(store?.bind({ directory, epoch: 2, generation: 1 })));
  await expect(put(fresh)).rejects.toMatchObject(refused);
});

test('another frontend that takes over while the bytes arrive is obeyed', async () => {
  const wanted = await ticketsFor();
  const first = puts.get('server-1');
  first?.admit(wanted);
  const store = stores.get('server-1');
  const directory = store?.directory as DirectoryId;
  await clock.run(Promise.resolve(store?.bind({ directory, epoch: 2, generation: 1 })));
  await expect(put(wanted)).rejects.toMatchObject(refused);
  expect(store?.usage.chunks).toBe(0);
});

test('a chunk is passed on only to where a coordinator said, and to nobody twice', async () => {
  const wanted = await ticketsFor();
  const [first, second] = wanted.tickets as [PutTicket, PutTicket];
  const elsewhere = { ...second, address: 'ws://elsewhere' };
  const other = { ...second, server: 'server-9' };
  for (const tickets of [
    [first, elsewhere],
    [first, other],
    [first, second, first],
    [second, first],
  ]) {
    expect(() => puts.get('server-1')?.admit({ ...wanted, tickets })).toThrow(
      expect.objectContaining(refused),
    );
  }
});

const names = (receipts: readonly PutReceipt[]): string[] => receipts.map(({ server }) => server);

test.for([
  ['is gone', async () => Promise.reject(new HoldfastError('disconnected', 'It is gone.')), []],
  ['hangs', () => deferred<void>().promise, []],
  ['is full', async () => Promise.reject(new HoldfastError('no-space', 'Full.')), ['server-3']],
] as const)('the last server that %s keeps no receipt of the others back', async ([, how, who]) => {
  onTheWay = async (to) => {
    if (to === 'server-3') await how();
  };
  const { receipts, refused: wellButFull } = await outcomeOf(await ticketsFor());
  expect(names(receipts)).toEqual(['server-1', 'server-2']);
  expect(wellButFull).toEqual(who);
});

// fills REPLICATION_LIMITS.passStallMs
test('a server that takes nothing that is passed on is waited for a moment, and then left alone', async () => {
  onTheWay = (to) => (to === 'server-2' ? deferred<void>().promise : Promise.resolve());
  const wanted = await ticketsFor();
  const beforeMs = clock.monotonicMs();
  expect(names(await put(wanted))).toEqual(['server-1']);
  expect(clock.monotonicMs() - beforeMs).toBeLessThan(LIMITS.passStallMs);
  expect((await put(wanted)).map(({ server }) => server)).toEqual(['server-1']);
  expect(passed).toHaveLength(1);
});

test('only receipts of all that were to take the chunk count, and none that is made up', async () => {
  const receipts = await put(await ticketsFor());
  await expect(note(receipts.slice(1))).rejects.toMatchObject(countsNot);
  const [first, ...others] = receipts;
  const forgeries: Partial<PutReceipt>[] = [
    { proof: '0'.repeat(64) },
    { position: (first?.position ?? 0) + 1 },
    { generation: (first?.generation ?? 0) + 1 },
  ];
  for (const forged of forgeries) {
    const told = [{ ...(first as PutReceipt), ...forged }, ...others];
    await expect(note(told)).rejects.toMatchObject(countsNot);
  }
  expect((await note(receipts)).holders).toHaveLength(3);
});

test('a chunk is as long as the stores say, whatever its client said', async () => {
  const wanted = await ticketsFor({ ...CHUNK, length: CHUNK.length + 1 });
  const receipts = await put({ ...wanted, length: CHUNK.length });
  await expect(note(receipts)).rejects.toMatchObject(countsNot);
});

test('receipts of a chunk that may have been deleted since do not count', async () => {
  const receipts = await put(await ticketsFor());
  await note(receipts);
  const { file } = await ticketsFor();
  for (const store of stores.values()) {
    await clock.run(store.delete({ file, hash: CHUNK.hash }, store.position));
  }
  await ticketsFor();
  await expect(note(receipts)).rejects.toMatchObject(countsNot);
});

test('receipts from before a store lost its disk, or came back, do not count, and nor do their positions', async () => {
  const changes = [
    (member: Member) => void member.generation++,
    (member: Member) => void (member.connection = { ...member.connection } as never),
  ];
  for (const change of changes) {
    const receipts = await put(await ticketsFor());
    const member = scene.member('server-2');
    change(member);
    const { position } = member;
    await expect(note(receipts)).rejects.toMatchObject(countsNot);
    expect(member.position).toBe(position);
  }
});

// fills REPLICATION_LIMITS.passesPerLink
test('over one connection so many chunks are passed on at once, and then the next ones', async () => {
  const go = deferred();
  onTheWay = (to) => (to === 'server-2' ? go.promise : Promise.resolve());
  const wanted = await ticketsFor();
  const first = puts.get('server-1');
  const put = async (): Promise<PutOutcome | undefined> => first?.put(wanted, [BYTES]).outcome;
  const all = Array.from({ length: LIMITS.passesPerLink + 1 }, put);
  await clock.settle();
  expect(passed).toHaveLength(LIMITS.passesPerLink);
  go.resolve();
  const outcomes = await clock.run(Promise.all(all));
  expect(outcomes.every((one) => one?.receipts.length === 3)).toBe(true);
});

test('an upload of which a chunk took long goes through the frontend for a while', async () => {
  const wanted = await ticketsFor();
  await clock.advance(LIMITS.slowPutMs);
  await note(await put(wanted));
  expect((await ticketsFor()).tickets).toEqual([]);
  await clock.advance(LIMITS.slowPutRestMs);
  expect((await ticketsFor()).tickets).toHaveLength(3);
});

test('tickets lead to live servers only, and to none where one takes no chunks from clients', async () => {
  scene.members.suspect(scene.store('server-1'), 'A test says so.');
  const wanted = await ticketsFor();
  expect(wanted.tickets.map(({ server }) => server)).toEqual(['server-2', 'server-3']);
  expect((await note(await put(wanted))).holders.toSorted()).toEqual(['server-2', 'server-3']);
  const { report } = scene.member('server-2');
  if (report) report.takesPuts = false;
  expect((await ticketsFor()).tickets).toEqual([]);
});

test('nobody else is given tickets for an upload', async () => {
  const other = scene.call();
  const stranger = { ...other, session: { ...other.session, id: 'another' } };
  const principal = { kind: 'user', user: 'eve', admin: false, login: 'eve' } as const;
  const eve = { ...stranger, session: { ...stranger.session, principal } };
  const asked = scene.files.putTickets({ ...CHUNK, upload }, eve);
  await expect(clock.run(asked)).rejects.toBeInstanceOf(HoldfastError);
});

test('a chunk that is sent to the frontend after all is noted once, and its tickets are over', async () => {
  const receipts = await put(await ticketsFor());
  const { offset, hash } = CHUNK;
  await clock.run(scene.files.putChunk({ upload, offset, hash, content: [BYTES] }, scene.call()));
  await expect(note(receipts)).rejects.toMatchObject(countsNot);
  await commit();
  expect((await holders()).toSorted()).toEqual(SERVERS);
});

// fills REPLICATION_LIMITS.putGrants
test('of one upload tickets are out for so many chunks at a time', async () => {
  for (let offset = 0; offset < LIMITS.putGrants; offset++) {
    expect((await ticketsFor({ ...CHUNK, offset })).tickets).toHaveLength(3);
  }
  const beyond = { ...CHUNK, offset: LIMITS.putGrants };
  expect((await ticketsFor(beyond)).tickets).toEqual([]);
  await note(await put(await ticketsFor()));
  expect((await ticketsFor(beyond)).tickets).toHaveLength(3);
});

// fills REPLICATION_LIMITS.putGrantMs
test('who says too late who took a chunk puts it again, and what is left of it is collected', async () => {
  const receipts = await put(await ticketsFor());
  await clock.advance(LIMITS.putGrantMs);
  await expect(note(receipts)).rejects.toMatchObject(countsNot);
  await clock.run(scene.files.abortUpload({ upload }, scene.call()));
  await clock.advance(2 * LIMITS.collectEveryMs);
  expect([...stores.values()].map(({ usage }) => usage.chunks)).toEqual([0, 0, 0]);
});

test('what was put and never told of is collected once the upload is over', async () => {
  await put(await ticketsFor());
  await clock.advance(2 * LIMITS.collectEveryMs);
  expect(stores.get('server-1')?.usage.chunks).toBe(1);
  await clock.run(scene.files.abortUpload({ upload }, scene.call()));
  await clock.advance(LIMITS.putGrantMs + 2 * LIMITS.collectEveryMs);
  expect([...stores.values()].map(({ usage }) => usage.chunks)).toEqual([0, 0, 0]);
});

test('a chunk that is put after its upload is over is collected, too', async () => {
  const wanted = await ticketsFor();
  await clock.run(scene.files.abortUpload({ upload }, scene.call()));
  await clock.advance(2 * LIMITS.collectEveryMs);
  expect(names(await put(wanted))).toHaveLength(3);
  await clock.advance(LIMITS.putGrantMs + 2 * LIMITS.collectEveryMs);
  expect([...stores.values()].map(({ usage }) => usage.chunks)).toEqual([0, 0, 0]);
});

// fills DATA_LIMITS.chainedStores
test('a file with more copies than servers pass on is written through the frontend', async () => {
  const copies = DATA_LIMITS.chainedStores + 1;
  for (let i = SERVERS.length + 1; i <= copies; i++) await join(`server-${i}`);
  await clock.advance(1_000);
  const open = async (path: string, wanted: number): Promise<number> => {
    const opening = scene.files.openUpload({ path, copies: wanted }, scene.call());
    ({ upload } = await clock.run(opening));
    return (await ticketsFor()).tickets.length;
  };
  expect(await open('/shared/a', copies)).toBe(0);
  expect(await open('/shared/b', copies - 1)).toBe(copies - 1);
});
