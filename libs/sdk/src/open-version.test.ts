import {
  DATA_LIMITS,
  HoldfastError,
  type ChunkToGet,
  type Entry,
  type FilesContract,
  type Remote,
} from '@holdfast/contracts';
import { blake3Hasher } from '@holdfast/crypto';
import { joinParts } from '@holdfast/kernel';
import { simulatedClock } from '@holdfast/testkit';
import { beforeEach, expect, test } from 'vitest';
import { ReadBuffers } from './chunk-buffers.ts';
import { DirectChunkPath } from './direct-chunk-path.ts';
import { DirectOpenings } from './direct-openings.ts';
import { DirectPuts } from './direct-puts.ts';
import { DirectServers } from './direct-servers.ts';
import { SDK_LIMITS } from './limits.ts';
import { relayChunkPath } from './relay-chunk-path.ts';
import { RemoteFile } from './remote-file.ts';
import { FakeCluster, FakeConnection } from './testing/index.ts';
import { TicketBook } from './ticket-book.ts';
import type { TransferParts } from './transfer-parts.ts';

type OpenRead = Remote<FilesContract>['openRead'];

const PATH = '/a';
const CONTENT = new Uint8Array(65_536).fill(7);
const NEXT_CONTENT = new Uint8Array(65_536).fill(8);
const STRAIGHT = { inlineBytes: DATA_LIMITS.inlineFileBytes, direct: true };
const ALONG = { inlineBytes: DATA_LIMITS.inlineFileBytes };
const BY_HANDLE = { inlineBytes: 0 };

let clock: ReturnType<typeof simulatedClock>;
let cluster: FakeCluster;
let servers: DirectServers;
let parts: TransferParts;
/** Whether the frontend knows of tickets. */
let givesTickets: boolean;
/** Whether bytes may come from servers. */
let mayReach: boolean;
/** Its only chunk, as the frontend opens it now. */
let current: ChunkToGet;
/** How the file was opened, without the path. */
let openings: Omit<Parameters<OpenRead>[0], 'path'>[];
/** Happens before each further opening. */
let meanwhile: () => void;

beforeEach(() => {
  clock = simulatedClock();
  cluster = new FakeCluster(blake3Hasher);
  givesTickets = true;
  mayReach = true;
  openings = [];
  meanwhile = () => {};
  putFile(CONTENT);
  const files = { ...cluster.files, openRead, manifest, closeRead: async () => ({}) } as never;
  const relay = relayChunkPath(files);
  servers = new DirectServers({ clock, dial: cluster.dial, mayReach: () => mayReach });
  const path = new DirectChunkPath({
    ...{ relay, servers },
    tickets: new TicketBook(files, clock),
    puts: new DirectPuts({ files, servers, clock }),
  });
  parts = {
    files,
    path,
    openings: new DirectOpenings({ path, clock, hasher: blake3Hasher, mayReach: () => mayReach }),
    hasher: blake3Hasher,
    connection: new FakeConnection({ user: 'ann', admin: true }),
    buffers: new ReadBuffers(),
  };
});

function putFile(content: Uint8Array): void {
  const [chunk] = cluster.open([content]);
  current = chunk as ChunkToGet;
}

const openRead: OpenRead = async ({ inlineBytes, direct }) => {
  if (openings.length > 0) meanwhile();
  openings.push({ inlineBytes, ...(direct && { direct }) });
  const { handle, file, offset, length, hash } = current;
  const entry = { id: file, sizeBytes: length } as Entry;
  if (direct && givesTickets) {
    const { chunks } = await cluster.files.tickets({ handle, fromOffset: 0 });
    return { entry, direct: { offset, length, hash, tickets: chunks[0]?.tickets ?? [] } };
  }
  return inlineBytes ? { entry, content: [cluster.content(hash)], hash } : { entry, handle };
};

const manifest = async (): Promise<object> => {
  const { offset, length, hash } = current;
  return { chunks: [{ offset, length, hash }], more: false };
};

async function opened(signal?: AbortSignal): Promise<Uint8Array> {
  await using file = await RemoteFile.open(parts, PATH, { signal });
  const pieces: Uint8Array[] = [];
  for await (const piece of file.read()) pieces.push(piece);
  return joinParts(pieces);
}

const get = (): Promise<Uint8Array> => clock.run(opened());

function allBecome(state: FakeCluster['servers'][number]['state']): void {
  for (const server of cluster.servers) server.state = state;
}

test('a file of one chunk costs one call, and comes straight from a server', async () => {
  expect(await get()).toEqual(CONTENT);
  expect(openings).toEqual([STRAIGHT]);
  expect(cluster.relayed).toEqual([]);
});

test('many at once come from all servers', async () => {
  await get();
  await clock.settle();
  await clock.run(Promise.all(Array.from({ length: 9 }, () => opened())));
  expect(cluster.servers.map(({ given }) => given).every((given) => given >= 3)).toBe(true);
  expect(openings.every(({ direct }) => direct)).toBe(true);
});

test('what one server does not have comes from another', async () => {
  cluster.server('server-1').state = 'empty';
  cluster.server('server-2').state = 'failing';
  for (let i = 0; i < 3; i++) expect(await get()).toEqual(CONTENT);
  expect(openings).toEqual([STRAIGHT, STRAIGHT, STRAIGHT]);
});

test.for(['dead', 'unreachable', 'failing', 'stopped'] as const)(
  'where all servers are %s the file comes along from the frontend',
  async (state) => {
    allBecome(state);
    expect(await get()).toEqual(CONTENT);
    expect(openings).toEqual([STRAIGHT, ALONG]);
    servers.close();
  },
);

test('a version that was replaced and collected meanwhile is opened anew, and no server is blamed', async () => {
  allBecome('empty');
  meanwhile = () => {
    allBecome('well');
    putFile(NEXT_CONTENT);
  };
  expect(await get()).toEqual(NEXT_CONTENT);
  expect(openings).toEqual([STRAIGHT, BY_HANDLE]);
  expect(cluster.relayed[0]?.suspects.toSorted()).toEqual(['server-1', 'server-2', 'server-3']);
  expect(await get()).toEqual(NEXT_CONTENT);
  expect(openings).toEqual([STRAIGHT, BY_HANDLE, STRAIGHT]);
});

test('a wrong copy is not given out, and the frontend hears whose it was', async () => {
  cluster.server('server-1').state = 'wrong';
  expect(await get()).toEqual(CONTENT);
  expect(openings).toEqual([STRAIGHT, BY_HANDLE]);
  expect(cluster.relayed).toMatchObject([{ exclude: [], suspects: ['server-1'] }]);
});

test('where no server could be asked no tickets are asked for, for a while', async () => {
  allBecome('dead');
  await get();
  allBecome('well');
  await clock.advance(SDK_LIMITS.directRestMs - 1_000);
  await get();
  expect(openings).toEqual([STRAIGHT, ALONG, ALONG]);
  await clock.advance(1_000);
  await get();
  expect(openings.at(-1)).toEqual(STRAIGHT);
  expect(openings).toHaveLength(4);
});

test('no tickets are asked for where bytes may not travel from servers', async () => {
  mayReach = false;
  expect(await get()).toEqual(CONTENT);
  expect(openings).toEqual([ALONG]);
  expect(cluster.dials).toBe(0);
});

test('a file that a frontend sends along all the same is taken', async () => {
  givesTickets = false;
  expect(await get()).toEqual(CONTENT);
  expect(openings).toEqual([STRAIGHT]);
});

test('whoever gives up the reading hears that, and no server is blamed for it', async () => {
  await get();
  await clock.settle();
  allBecome('stopped');
  const stop = new AbortController();
  const outcome = opened(stop.signal).catch((error: unknown) => error);
  await clock.settle();
  stop.abort(new HoldfastError('cancelled', 'Enough.'));
  expect(await clock.run(outcome)).toMatchObject({ code: 'cancelled' });
  allBecome('well');
  expect(await get()).toEqual(CONTENT);
  expect(openings).toEqual([STRAIGHT, STRAIGHT, STRAIGHT]);
});
