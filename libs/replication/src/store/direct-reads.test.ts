import { openChunkStore } from '@holdfast/chunk-store';
import {
  type CallContext,
  type ChunkHash,
  type ChunkStore,
  DATA_LIMITS,
} from '@holdfast/contracts';
import type { DirectTicket, FileId, TicketRead } from '@holdfast/contracts';
import { blake3Hasher, chunkTickets } from '@holdfast/crypto';
import { joinParts, toHex, utf8 } from '@holdfast/kernel';
import { mirrorPlacement } from '@holdfast/placement';
import { seededRandom, simulatedClock, simulatedDisk } from '@holdfast/testkit';
import { beforeEach, expect, test } from 'vitest';
import { REPLICATION_LIMITS as LIMITS } from '../limits.ts';
import { ClusterScene } from '../testing/cluster-scene.ts';
import { DirectReads } from './direct-reads.ts';
import { TicketNonces } from './ticket-nonces.ts';

const SERVERS = ['server-1', 'server-2', 'server-3'];
const tickets = chunkTickets(new Uint8Array(32).fill(7));

let clock: ReturnType<typeof simulatedClock>;
let scene: ClusterScene;
let context: CallContext;
let stores: Map<string, ChunkStore>;
let readers: Map<string, DirectReads>;
beforeEach(async () => {
  clock = simulatedClock();
  const random = seededRandom('direct');
  const parts = { clock, hasher: blake3Hasher, random };
  scene = new ClusterScene({ ...parts, tickets, placement: mirrorPlacement() });
  context = scene.call();
  await clock.run(scene.directory.ensureRoots());
  stores = new Map();
  readers = new Map();
  for (const name of SERVERS) {
    const disk = simulatedDisk({ random: random.fork(name), clock }).mount();
    const folder = { disk, folder: 'chunks', segmentBytes: 262_144 };
    const opening = openChunkStore({ ...parts, ...folder, reserveBytes: 0, ballastBytes: 0 });
    const store = await clock.run(opening);
    const nonces = new TicketNonces(clock, random.fork(`nonces of ${name}`));
    stores.set(name, store);
    readers.set(name, new DirectReads({ store, nonces, tickets }));
    await clock.run(scene.join(name, store, nonces));
  }
  await clock.advance(1_000);
});

type OpenedRead = Awaited<ReturnType<ClusterScene['files']['openRead']>>;

interface Opened {
  readonly handle: string;
  readonly file: FileId;
  readonly hash: ChunkHash;
}

/** Writes a file of one chunk, which says its path and is `bytes` long at least. */
async function written(path: string, bytes = 0): Promise<ChunkHash> {
  const content = utf8(path.padEnd(bytes, '.'));
  const hash = toHex(blake3Hasher.hash([content])) as ChunkHash;
  await clock.run(scene.files.write({ path, hash, content: [content] }, scene.call()));
  return hash;
}

/** Writes a file of one chunk and opens it. */
async function opened(path: string): Promise<Opened> {
  const hash = await written(path);
  const { handle = '', entry } = await clock.run(
    scene.files.openRead({ path, inlineBytes: 0 }, context),
  );
  return { handle, file: entry.id, hash };
}

/** In the order of the servers' names. */
async function ticketsTo({ handle }: Opened): Promise<readonly DirectTicket[]> {
  const { chunks } = await clock.run(scene.files.tickets({ handle, fromOffset: 0 }, context));
  return (chunks[0]?.tickets ?? []).toSorted((a, b) => (a.server < b.server ? -1 : 1));
}

function read(server: string, wanted: TicketRead): Promise<string> {
  const reading = async (): Promise<string> => {
    const parts = await readers.get(server)?.open(wanted).read();
    return new TextDecoder().decode(joinParts(parts ?? []));
  };
  return clock.run(reading());
}

test('a ticket opens its chunk on its server, as often as it is shown', async () => {
  const file = await opened('/shared/a');
  const given = await ticketsTo(file);
  expect(given.map(({ server, address }) => [server, address])).toEqual(
    SERVERS.map((server) => [server, `ws://${server}`]),
  );
  for (const { server, ticket } of [...given, ...given]) {
    expect(await read(server, { ...file, ticket })).toBe('/shared/a');
  }
});

test('a ticket opens no other chunk, no other file and no other server', async () => {
  const [a, b] = [await opened('/shared/a'), await opened('/shared/b')];
  const [first] = await ticketsTo(a);
  const ticket = first?.ticket as DirectTicket['ticket'];
  const refused = { code: 'unauthenticated' };
  await expect(read('server-1', { ...b, ticket })).rejects.toMatchObject(refused);
  await expect(read('server-1', { ...a, file: b.file, ticket })).rejects.toMatchObject(refused);
  await expect(read('server-2', { ...a, ticket })).rejects.toMatchObject(refused);
  const forged = { ...ticket, proof: '0'.repeat(64) };
  await expect(read('server-1', { ...a, ticket: forged })).rejects.toMatchObject(refused);
});

test('whether a chunk is there does not show without a ticket', async () => {
  const ticket = { nonce: '0'.repeat(32), proof: '0'.repeat(64) };
  const there = await opened('/shared/a');
  const notThere = { ...there, hash: '0'.repeat(64) as ChunkHash };
  const told = [there, notThere].map((wanted) =>
    read('server-1', { ...wanted, ticket }).catch((error: unknown) => String(error)),
  );
  const [one, other] = await Promise.all(told);
  expect(one).toBe(other);
});

test('a ticket expires on the clock of its server, and the next one is good', async () => {
  const file = await opened('/shared/a');
  const [first] = await ticketsTo(file);
  const ticket = first?.ticket as DirectTicket['ticket'];
  await clock.advance(2 * LIMITS.ticketNonceMs);
  await expect(read('server-1', { ...file, ticket })).rejects.toMatchObject({
    code: 'unauthenticated',
  });
  const [next] = await ticketsTo(file);
  const fresh = next?.ticket as DirectTicket['ticket'];
  expect(await read('server-1', { ...file, ticket: fresh })).toBe('/shared/a');
});

test('the tickets of a coordinator end with its epoch', async () => {
  const file = await opened('/shared/a');
  const [first] = await ticketsTo(file);
  const ticket = first?.ticket as DirectTicket['ticket'];
  const store = stores.get('server-1');
  const directory = store?.directory as NonNullable<ChunkStore['directory']>;
  await clock.run(Promise.resolve(store?.bind({ directory, epoch: 2, generation: 1 })));
  await expect(read('server-1', { ...file, ticket })).rejects.toMatchObject({
    code: 'unauthenticated',
  });
});

test('only who has opened a file is given tickets, while it is open, and only to its chunks', async () => {
  const file = await opened('/shared/a');
  const ask = (handle: string, fromOffset: number, by = context): Promise<unknown> =>
    clock.run(scene.files.tickets({ handle, fromOffset }, by));
  const other = scene.call();
  const stranger = { ...other, session: { ...other.session, id: 'another' } };
  await expect(ask(file.handle, 0, stranger)).rejects.toMatchObject({ code: 'handle-gone' });
  await expect(ask(file.handle, 1)).rejects.toMatchObject({ code: 'invalid-argument' });
  await clock.run(scene.files.closeRead({ handle: file.handle }, context));
  await expect(ask(file.handle, 0)).rejects.toMatchObject({ code: 'handle-gone' });
});

test('no ticket leads to a server that is not live, or whose copy is in doubt', async () => {
  const file = await opened('/shared/a');
  scene.members.suspect(scene.store('server-1'), 'A test says so.');
  scene.member('server-2').generation++;
  expect((await ticketsTo(file)).map(({ server }) => server)).toEqual(['server-3']);
});

test('what a server turns out not to have is noted, when the client lets the frontend see', async () => {
  const file = await opened('/shared/a');
  const { handle, file: id, hash } = file;
  await clock.run(Promise.resolve(stores.get('server-2')?.delete({ file: id, hash }, 1e9)));
  const second = (await ticketsTo(file))[1];
  const ticket = second?.ticket as DirectTicket['ticket'];
  await expect(read('server-2', { ...file, ticket })).rejects.toMatchObject({ code: 'not-found' });
  const asked = { handle, offset: 0, exclude: [], suspects: ['server-2'] };
  const { server } = await clock.run(scene.files.getChunk(asked, context));
  expect(server).not.toBe('server-2');
  await clock.settle();
  const holders = (await clock.run(scene.directory.chunk({ file: id, hash })))?.holders;
  expect(holders?.map(({ store }) => scene.members.nameOf(store))).not.toContain('server-2');
});

const MOST = DATA_LIMITS.inlineFileBytes;

/** Opens a file as a client does that can read from servers. */
async function openedDirectly(path: string, inlineBytes = MOST): Promise<OpenedRead> {
  return await clock.run(scene.files.openRead({ path, inlineBytes, direct: true }, context));
}

test('a file of one chunk is left to its servers, and nothing is kept for it', async () => {
  const path = '/shared/a';
  const length = LIMITS.keptContentBytes + 1;
  const hash = await written(path, length);
  const { entry, direct, ...rest } = await openedDirectly(path);
  expect(rest).toEqual({});
  expect(direct).toMatchObject({ offset: 0, length, hash });
  expect(direct?.tickets.map(({ server }) => server).toSorted()).toEqual(SERVERS);
  for (const { server, ticket } of direct?.tickets ?? []) {
    expect(await read(server, { file: entry.id, hash, ticket })).toBe(path.padEnd(length, '.'));
  }
});

// fills REPLICATION_LIMITS.keptContentBytes
test('what may be at hand comes along, as does all for a client that cannot read from servers', async () => {
  const [short, long] = ['/shared/short', '/shared/long'];
  await written(short, LIMITS.keptContentBytes);
  await written(long, LIMITS.keptContentBytes + 1);
  expect(await openedDirectly(short)).toMatchObject({ content: expect.anything() });
  const plain = scene.files.openRead({ path: long, inlineBytes: MOST }, context);
  expect(await clock.run(plain)).toMatchObject({ content: expect.anything() });
  for (const server of SERVERS) scene.members.suspect(scene.store(server), 'A test says so.');
  expect(await openedDirectly(long)).toMatchObject({ content: expect.anything() });
});

test('a file that would not come along is opened for its client, and kept', async () => {
  const path = '/shared/a';
  await written(path, LIMITS.keptContentBytes + 1);
  const { handle, direct } = await openedDirectly(path, 1_000);
  expect([typeof handle, direct]).toEqual(['string', undefined]);
});

// fills DATA_LIMITS.ticketChunks
test('one answer has tickets to so many chunks, and no more', async () => {
  const path = '/shared/long';
  const { upload } = await clock.run(scene.files.openUpload({ path }, scene.call()));
  const hashes: Uint8Array[] = [];
  const count = DATA_LIMITS.ticketChunks + 1;
  for (let offset = 0; offset < count; offset++) {
    const content = [Uint8Array.of(offset)];
    const bytes = blake3Hasher.hash(content);
    hashes.push(bytes);
    const hash = toHex(bytes) as ChunkHash;
    await clock.run(scene.files.putChunk({ upload, offset, hash, content }, scene.call()));
  }
  const root = toHex(blake3Hasher.hash(hashes)) as ChunkHash;
  await clock.run(scene.files.commitUpload({ upload, sizeBytes: count, root }, scene.call()));
  const { handle = '' } = await clock.run(scene.files.openRead({ path, inlineBytes: 0 }, context));
  const ask = async (fromOffset: number): Promise<number[]> =>
    (await clock.run(scene.files.tickets({ handle, fromOffset }, context))).chunks.map(
      ({ offset }) => offset,
    );
  expect(await ask(0)).toEqual(Array.from({ length: count - 1 }, (_, i) => i));
  expect(await ask(count - 1)).toEqual([count - 1]);
});
