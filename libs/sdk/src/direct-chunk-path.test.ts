import {
  HoldfastError,
  type ChunkPath,
  type ChunkToGet,
  type ChunkToPut,
  type FilesContract,
  type Remote,
  type UploadId,
} from '@holdfast/contracts';
import { blake3Hasher } from '@holdfast/crypto';
import { joinParts } from '@holdfast/kernel';
import { chunkPathSuite, simulatedClock } from '@holdfast/testkit';
import { beforeEach, expect, test } from 'vitest';
import { hashChunk } from './chunk-hash.ts';
import { DirectChunkPath } from './direct-chunk-path.ts';
import { DirectPuts } from './direct-puts.ts';
import { DirectServers } from './direct-servers.ts';
import { SDK_LIMITS } from './limits.ts';
import { relayChunkPath } from './relay-chunk-path.ts';
import { FakeCluster } from './testing/index.ts';
import { TicketBook } from './ticket-book.ts';

interface Scene {
  readonly clock: ReturnType<typeof simulatedClock>;
  readonly cluster: FakeCluster;
  readonly servers: DirectServers;
  readonly puts: DirectPuts;
  readonly direct: ChunkPath;
  readonly relay: ChunkPath;
}

function makeScene(mayReach: (address: string) => boolean = () => true): Scene {
  const clock = simulatedClock();
  const cluster = new FakeCluster(blake3Hasher);
  const files = cluster.files as Remote<FilesContract>;
  const relay = relayChunkPath(files);
  const servers = new DirectServers({ clock, dial: cluster.dial, mayReach });
  const puts = new DirectPuts({ files, servers, clock });
  const direct = new DirectChunkPath({
    ...{ relay, servers, puts },
    tickets: new TicketBook(files, clock),
  });
  return { clock, cluster, servers, puts, relay, direct };
}

for (const kind of ['relay', 'direct'] as const) {
  chunkPathSuite(`the ${kind} path`, async () => {
    const { clock, cluster, servers, relay, direct } = makeScene();
    const paths = { relay, direct };
    return {
      path: paths[kind],
      open: async (contents) => cluster.open(contents),
      upload: async (contents) => uploadOf(contents),
      has: ({ hash }) => [...cluster.relayedPuts, ...cluster.noted].includes(hash),
      close: async (handle) => cluster.close(handle),
      kill: (name) => cluster.kill(name),
      stop: (name) => void (cluster.server(name).state = 'stopped'),
      empty: (name) => void (cluster.server(name).state = 'empty'),
      run: (work) => clock.run(work),
      [Symbol.asyncDispose]: async () => servers.close(),
    };
  });
}

/** Chunks that follow one another in one upload. */
function uploadOf(contents: readonly Uint8Array[]): readonly ChunkToPut[] {
  const upload = 'u'.repeat(32) as UploadId;
  let offset = 0;
  return contents.map((content) => {
    const chunk = { upload, offset, hash: hashChunk(blake3Hasher, [content]), content: [content] };
    offset += content.length;
    return chunk;
  });
}

const CONTENT = Array.from({ length: 6 }, (_, i) => new Uint8Array(2_000_000).fill(i));

let scene: Scene;
let chunks: readonly ChunkToGet[];
beforeEach(() => {
  scene = makeScene();
  chunks = scene.cluster.open(CONTENT);
});

const get = (index: number): Promise<Awaited<ReturnType<ChunkPath['get']>>> =>
  scene.clock.run(scene.direct.get(chunks[index] as ChunkToGet));
const allBecome = (state: FakeCluster['servers'][number]['state']): void => {
  for (const server of scene.cluster.servers) server.state = state;
};
/** Reads the first chunk, and waits until all servers are connected. */
async function connected(): Promise<void> {
  await get(0);
  await scene.clock.settle();
}
const given = (): number[] => scene.cluster.servers.map((server) => server.given);

test('chunks come from all servers, none through the frontend, with one call for tickets', async () => {
  await connected();
  await scene.clock.run(Promise.all(chunks.slice(1).map((chunk) => scene.direct.get(chunk))));
  expect(given().every((count) => count > 0)).toBe(true);
  expect(given().reduce((sum, count) => sum + count)).toBe(chunks.length);
  expect(scene.cluster.relayed).toEqual([]);
  expect(scene.cluster.asked).toBe(1);
});

// fills SDK_LIMITS.directFromBytes
test('a short chunk is not worth a ticket', async () => {
  const short = new Uint8Array(SDK_LIMITS.directFromBytes - 1);
  chunks = scene.cluster.open([short, new Uint8Array(SDK_LIMITS.directFromBytes)]);
  await get(0);
  expect(scene.cluster.asked).toBe(0);
  await get(1);
  expect(scene.cluster.relayed).toHaveLength(1);
});

test('what came wrong from a server is asked for through the frontend, which looks there first', async () => {
  await connected();
  const suspects = ['server-2'];
  const wanted = { ...(chunks[1] as ChunkToGet), suspects };
  const got = await scene.clock.run(scene.direct.get(wanted));
  expect(got.verified).toBe(true);
  expect(scene.cluster.relayed).toEqual([expect.objectContaining({ exclude: [], suspects })]);
  expect((await get(2)).verified).toBe(false);
});

// fills SDK_LIMITS.directPatienceMs
test('servers that cannot be reached cost one short wait, and then none', async () => {
  allBecome('unreachable');
  await get(0);
  expect(scene.clock.monotonicMs()).toBe(SDK_LIMITS.directPatienceMs);
  for (const index of [1, 2, 3]) await get(index);
  expect(scene.clock.monotonicMs()).toBe(SDK_LIMITS.directPatienceMs);
  expect(scene.cluster.relayed).toHaveLength(4);
  scene.servers.close();
});

test('no connection is made where bytes may not travel', async () => {
  scene = makeScene(() => false);
  chunks = scene.cluster.open(CONTENT);
  await get(0);
  expect(scene.cluster.connections).toBe(0);
  expect(scene.cluster.relayed).toHaveLength(1);
});

// fills SDK_LIMITS.directStallMs
test('a server that does not answer is given up after a while, with all that it was asked', async () => {
  await connected();
  const [first] = scene.cluster.servers;
  for (const server of scene.cluster.servers) server.state = server === first ? 'well' : 'stopped';
  const before = scene.clock.monotonicMs();
  await scene.clock.run(Promise.all(chunks.slice(1).map((chunk) => scene.direct.get(chunk))));
  const tookMs = scene.clock.monotonicMs() - before;
  expect(tookMs).toBeGreaterThanOrEqual(SDK_LIMITS.directStallMs);
  expect(tookMs).toBeLessThan(SDK_LIMITS.directStallMs + 100);
  expect(scene.cluster.relayed).toEqual([]);
});

// fills SDK_LIMITS.directRestMs
// fills SDK_LIMITS.directRestMaxMs
test('who failed is left alone, longer each time, up to a bound', async () => {
  allBecome('failing');
  const { directRestMs, directRestMaxMs } = SDK_LIMITS;
  const all = (): Promise<unknown> =>
    scene.clock.run(Promise.all(chunks.map((chunk) => scene.direct.get(chunk))));
  await all();
  for (let restMs = directRestMs; restMs < 4 * directRestMaxMs; restMs *= 2) {
    const { dials } = scene.cluster;
    await scene.clock.advance(Math.min(restMs, directRestMaxMs) - 1000);
    await all();
    expect(scene.cluster.dials).toBe(dials);
    await scene.clock.advance(1000);
    await all();
    expect(scene.cluster.dials).toBe(dials + 3);
  }
});

test('a server that gives chunks again is trusted as before', async () => {
  allBecome('failing');
  await scene.clock.run(Promise.all(chunks.map((chunk) => scene.direct.get(chunk))));
  allBecome('well');
  await scene.clock.advance(SDK_LIMITS.directRestMs);
  await get(0);
  for (const index of [1, 2, 3]) await get(index);
  scene.cluster.kill('server-1');
  scene.cluster.server('server-1').state = 'well';
  await scene.clock.advance(SDK_LIMITS.directRestMs);
  await get(4);
  await get(5);
  expect(scene.cluster.connections).toBe(3);
});

test('what a server does not have is asked of another, and else the frontend hears who it was', async () => {
  await get(0);
  allBecome('empty');
  scene.cluster.server('server-3').state = 'well';
  for (const index of [1, 2, 3]) await get(index);
  expect(scene.cluster.relayed).toEqual([]);
  scene.cluster.server('server-3').state = 'empty';
  await expect(get(4)).rejects.toMatchObject({ code: 'unavailable' });
  expect(scene.cluster.relayed.at(-1)?.suspects).toHaveLength(3);
});

test('another server at an address is given no ticket', async () => {
  scene.cluster.forge = (ticket) => ({ ...ticket, address: 'server-1' });
  await scene.clock.run(Promise.all(chunks.map((chunk) => scene.direct.get(chunk))));
  expect(given()).toEqual([6, 0, 0]);
});

test('a frontend of an older version is asked for tickets once', async () => {
  let asked = 0;
  const tickets = async (): Promise<never> => {
    asked++;
    throw new HoldfastError('method-not-found', 'There is no "files.tickets".');
  };
  const { relay, servers, clock, puts } = scene;
  const direct = new DirectChunkPath({
    ...{ relay, servers, puts },
    tickets: new TicketBook({ tickets }, clock),
  });
  for (const chunk of chunks) await clock.run(direct.get(chunk));
  expect(asked).toBe(1);
  expect(scene.cluster.relayed).toHaveLength(chunks.length);
});

// fills SDK_LIMITS.ticketMs
test('tickets that have lain for long are not used', async () => {
  await get(0);
  await get(1);
  expect(scene.cluster.asked).toBe(1);
  await scene.clock.advance(SDK_LIMITS.ticketMs + 1);
  await get(2);
  expect(scene.cluster.asked).toBe(2);
});

// fills SDK_LIMITS.ticketPages
test('tickets of the reads that were used last are kept, and no others', async () => {
  const handles = Array.from({ length: SDK_LIMITS.ticketPages + 1 }, () =>
    scene.cluster.open(CONTENT.slice(0, 2)),
  );
  for (const [first] of handles) await scene.clock.run(scene.direct.get(first as ChunkToGet));
  const asked = scene.cluster.asked;
  const second = (index: number): Promise<unknown> =>
    scene.clock.run(scene.direct.get(handles.at(index)?.[1] as ChunkToGet));
  await second(-1);
  expect(scene.cluster.asked).toBe(asked);
  await second(0);
  expect(scene.cluster.asked).toBe(asked + 1);
});

// fills SDK_LIMITS.directIdleMs
test('a connection that nobody uses is closed, and made again when it is wanted', async () => {
  await get(0);
  expect(scene.cluster.connections).toBe(3);
  await scene.clock.advance(SDK_LIMITS.directIdleMs + 1);
  expect(scene.cluster.connections).toBe(0);
  await get(1);
  expect(scene.cluster.relayed).toEqual([]);
});

// fills SDK_LIMITS.directServers
test('a client is connected to so many servers at most', async () => {
  const { servers } = scene;
  const places = Array.from({ length: SDK_LIMITS.directServers + 1 }, (_, i) => ({
    server: `server-${i}`,
    address: `nowhere-${i}`,
  }));
  expect(places.filter((place) => servers.find(place) !== undefined)).toHaveLength(
    SDK_LIMITS.directServers,
  );
  servers.close();
});

test('a chunk that is not wanted any more is no fault of its server', async () => {
  await get(0);
  const stop = new AbortController();
  allBecome('stopped');
  const reading = scene.direct.get(chunks[1] as ChunkToGet, { signal: stop.signal });
  const outcome = reading.catch((error: unknown) => error);
  await scene.clock.settle();
  stop.abort(new HoldfastError('cancelled', 'Enough.'));
  expect(await scene.clock.run(outcome)).toMatchObject({ code: 'cancelled' });
  allBecome('well');
  expect(joinParts((await get(2)).content)).toEqual(CONTENT[2]);
  expect(scene.cluster.relayed).toEqual([]);
});

const put = (chunk: ChunkToPut | undefined): ReturnType<ChunkPath['put']> =>
  scene.clock.run(scene.direct.put(chunk as ChunkToPut));

test('chunks are put on all servers, none through the frontend, each by way of the least busy one', async () => {
  await connected();
  const chunks = uploadOf(CONTENT);
  await scene.clock.run(Promise.all(chunks.map((chunk) => scene.direct.put(chunk))));
  const hashes = chunks.map(({ hash }) => hash);
  for (const { taken } of scene.cluster.servers)
    expect([...taken].toSorted()).toEqual(hashes.toSorted());
  expect(scene.cluster.noted.toSorted()).toEqual(hashes.toSorted());
  expect(scene.cluster.relayedPuts).toEqual([]);
  expect(scene.cluster.firsts.toSorted()).toEqual([
    'server-1',
    'server-1',
    'server-2',
    'server-2',
    'server-3',
    'server-3',
  ]);
});

test('a short chunk is not worth tickets to put it', async () => {
  const [short, long] = uploadOf([
    new Uint8Array(SDK_LIMITS.directFromBytes - 1),
    new Uint8Array(SDK_LIMITS.directFromBytes),
  ]);
  await put(short);
  await put(long);
  expect(scene.cluster.relayedPuts).toEqual([short?.hash]);
  expect(scene.cluster.noted).toEqual([long?.hash]);
});

test('what did not come to all servers goes through the frontend, for as long as one is left alone', async () => {
  await connected();
  scene.cluster.server('server-3').state = 'stopped';
  const [first, second, third] = uploadOf(CONTENT);
  await put(first);
  await put(second);
  expect(scene.cluster.noted).toEqual([]);
  expect(scene.cluster.relayedPuts).toEqual([first?.hash, second?.hash]);
  scene.cluster.server('server-3').state = 'well';
  await scene.clock.advance(2 * SDK_LIMITS.directRestMs);
  await put(third);
  expect(scene.cluster.noted).toEqual([third?.hash]);
});

test('servers that are full or busy are not left alone for it', async () => {
  await connected();
  allBecome('full');
  const [first, second] = uploadOf(CONTENT);
  await put(first);
  expect(scene.cluster.relayedPuts).toEqual([first?.hash]);
  allBecome('well');
  await put(second);
  expect(scene.cluster.noted).toEqual([second?.hash]);
  expect(scene.cluster.dials).toBe(3);
});

test('a frontend that counts no receipt is sent the chunk', async () => {
  await connected();
  const [chunk] = uploadOf(CONTENT);
  scene.cluster.countsReceipts = false;
  expect((await put(chunk)).holders).toHaveLength(3);
  expect(scene.cluster.relayedPuts).toEqual([chunk?.hash]);
});

test('a frontend of an older version is asked for tickets to put once', async () => {
  let asked = 0;
  const putTickets = async (): Promise<never> => {
    asked++;
    throw new HoldfastError('method-not-found', 'There is no "files.putTickets".');
  };
  const { servers, cluster, clock } = scene;
  const puts = new DirectPuts({ files: { ...cluster.files, putTickets }, servers, clock });
  for (const chunk of uploadOf(CONTENT)) expect(await puts.put(chunk, {})).toBeUndefined();
  expect(asked).toBe(1);
});
