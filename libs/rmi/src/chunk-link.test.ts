import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import {
  DATA_LIMITS,
  HoldfastError,
  type ChunkLink,
  type TicketRead,
  type TicketReader,
  type TicketWriter,
} from '@holdfast/contracts';
import { Disposer, deferred, joinParts, type LentParts } from '@holdfast/kernel';
import { seededRandom, simulatedClock } from '@holdfast/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ChunkListener } from './chunk-listener.ts';
import { CHUNK_PROTOCOL, encodeReplyHeader, encodeRequest } from './chunk-wire.ts';
import { createDaemon } from './daemon.ts';
import { dialChunks } from './dial-chunks.ts';
import { CHUNK_LINK_LIMITS as LIMITS, type ChunkLinkLimits } from './limits.ts';
import { serve } from './serve.ts';

const ticket = { nonce: '0'.repeat(32), proof: '0'.repeat(64) };
const wanted = (fill: number): TicketRead =>
  ({ file: 'f'.repeat(32), hash: String(fill).padStart(64, '0'), ticket }) as TicketRead;
const fillOf = ({ hash }: TicketRead): number => Number(hash);

let owned: Disposer;
/** Buffers that are free, and how many were made. */
let free: Uint8Array[];
let made: number;
beforeEach(() => {
  owned = new Disposer();
  free = [];
  made = 0;
});
afterEach(() => owned[Symbol.asyncDispose]());

const buffers = {
  take: () => free.pop() ?? (made++, new Uint8Array(DATA_LIMITS.chunkBytes)),
  give: (buffer: Uint8Array) => void free.push(buffer),
};

type ChunkStore = TicketReader & TicketWriter;
type Read = (wanted: TicketRead) => Promise<LentParts>;

/** Chunks of `length` bytes, as they are booked, all of which the ticket opens; it takes none. */
function storeOf(read: Read, length: number = DATA_LIMITS.chunkBytes): ChunkStore {
  return {
    open: (wanted) => ({ length, read: () => read(wanted) }),
    admit: () => {},
    put: () => ({ kept: Promise.resolve(), outcome: deferred<never>().promise }),
  };
}

const wholeChunks = storeOf(async (asked) => [
  new Uint8Array(DATA_LIMITS.chunkBytes).fill(fillOf(asked)),
]);

/** A port whose store gives whole chunks of one byte each, unless it is told otherwise. */
async function listen(chunks: ChunkStore = wholeChunks, name = 'server-1'): Promise<string> {
  const daemon = createDaemon({ clock: simulatedClock(), random: seededRandom('d'), name });
  const listening = owned.use(await serve(daemon, { url: 'ws://127.0.0.1:0', chunks }));
  return listening.url;
}

function dial(address: string, limits: Partial<ChunkLinkLimits> = {}): ChunkLink {
  const link = dialChunks({
    address,
    server: 'server-1',
    buffers,
    limits: { ...LIMITS, ...limits },
  });
  owned.defer(() => link.close());
  return link;
}

test('chunks come back as they are, several at once, in memory that is used again', async () => {
  const link = dial(await listen());
  for (let round = 0; round < 5; round++) {
    const read = await Promise.all([1, 2, 3].map((fill) => link.read(wanted(fill))));
    read.forEach((parts, i) => {
      const whole = joinParts(parts);
      expect(whole.length).toBe(DATA_LIMITS.chunkBytes);
      expect(whole.every((byte) => byte === i + 1)).toBe(true);
      parts[Symbol.dispose]?.();
    });
  }
  expect(made).toBeLessThanOrEqual(3);
});

test('what a store lent goes back to it once it has left, also if the client is gone', async () => {
  let lent = 0;
  const back = deferred();
  const read = async (): Promise<LentParts> => {
    lent++;
    const parts = [new Uint8Array(DATA_LIMITS.chunkBytes)];
    const giveBack = (): void => {
      if (--lent === 0) back.resolve();
    };
    return Object.assign(parts, { [Symbol.dispose]: giveBack });
  };
  const address = await listen(storeOf(read));
  await dial(address).read(wanted(1));
  await back.promise;
  const socket = await upgraded(address);
  socket.pause();
  socket.write(encodeRequest({ id: 1, ...wanted(1) }));
  await expect.poll(() => lent).toBe(1);
  socket.destroy();
  await expect.poll(() => lent).toBe(0);
});

test('a refusal arrives as the error that it is, and the connection goes on', async () => {
  const read = async (asked: TicketRead): Promise<LentParts> => {
    if (fillOf(asked) === 1) return [Uint8Array.of(1)];
    throw new HoldfastError('unauthenticated', 'No ticket.');
  };
  const link = dial(await listen(storeOf(read)));
  await expect(link.read(wanted(2))).rejects.toMatchObject({ code: 'unauthenticated' });
  expect(joinParts(await link.read(wanted(1)))).toEqual(Uint8Array.of(1));
});

test('another server than the one that was meant is not asked for anything', async () => {
  const link = dial(await listen(wholeChunks, 'server-2'));
  await expect(link.ready).rejects.toThrow('another server (server-2)');
  await expect(link.read(wanted(1))).rejects.toMatchObject({ code: 'disconnected' });
});

test('a port that gives no chunks, and one where nobody listens, say so', async () => {
  const daemon = createDaemon({ clock: simulatedClock(), random: seededRandom('d'), name: 'f' });
  const listening = await serve(daemon, { url: 'ws://127.0.0.1:0' });
  await expect(dial(listening.url).ready).rejects.toThrow('it answers "HTTP/1.1 400');
  await listening.close();
  await expect(dial(listening.url).ready).rejects.toMatchObject({ code: 'disconnected' });
});

test('when the server ends, whatever is under way fails at once', async () => {
  const daemon = createDaemon({
    clock: simulatedClock(),
    random: seededRandom('d'),
    name: 'server-1',
  });
  const asked = deferred();
  const read = async (): Promise<LentParts> => {
    asked.resolve();
    return await deferred<never>().promise;
  };
  const listening = await serve(daemon, { url: 'ws://127.0.0.1:0', chunks: storeOf(read) });
  const link = dial(listening.url);
  const reading = Promise.all([link.read(wanted(1)), link.read(wanted(2))]);
  const outcome = reading.catch((error: unknown) => error);
  await asked.promise;
  await listening.close();
  expect(await outcome).toMatchObject({ code: 'disconnected' });
  expect(link.ended.aborted).toBe(true);
});

test('a chunk that nobody waits for any more is let go when it comes', async () => {
  const go = deferred();
  const read = async (asked: TicketRead): Promise<LentParts> => {
    if (fillOf(asked) === 1) await go.promise;
    return [new Uint8Array(LIMITS.shortChunkBytes + 1).fill(fillOf(asked))];
  };
  const link = dial(await listen(storeOf(read)));
  const stop = new AbortController();
  const reading = link.read(wanted(1), stop.signal);
  await link.read(wanted(2));
  stop.abort(new HoldfastError('cancelled', 'Enough.'));
  await expect(reading).rejects.toMatchObject({ code: 'cancelled' });
  go.resolve();
  await expect.poll(() => free.length).toBe(1);
  expect(joinParts(await link.read(wanted(3)))[0]).toBe(3);
});

/** A raw connection that was upgraded. */
async function upgraded(address: string): Promise<Socket> {
  const { port } = new URL(address);
  const socket = connect(Number(port), '127.0.0.1');
  owned.defer(() => void socket.destroy());
  socket.on('error', () => {});
  socket.write(
    `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${CHUNK_PROTOCOL}\r\n\r\n`,
  );
  const [greeting] = (await once(socket, 'data')) as [Buffer];
  expect(greeting.toString()).toMatch(/^HTTP\/1.1 101 /);
  return socket;
}

const cutOff = async (socket: Socket): Promise<void> => {
  socket.resume();
  if (!socket.closed) await once(socket, 'close');
};

test.for([
  'nonsense\n',
  '{}\n',
  '[1]\n',
  `${JSON.stringify({ id: -1, ...wanted(1) })}\n`,
  '\xff\n',
])('whoever sends %j is cut off', async (text) => {
  const socket = await upgraded(await listen());
  socket.write(Buffer.from(text, 'latin1'));
  await cutOff(socket);
});

// fills CHUNK_LINK_LIMITS.requestBytes
test('a request that does not end is cut off', async () => {
  const socket = await upgraded(await listen());
  socket.write(Buffer.alloc(LIMITS.requestBytes, 'x'));
  socket.write('x');
  await cutOff(socket);
});

// fills CHUNK_LINK_LIMITS.waitingRequests
// fills CHUNK_LINK_LIMITS.bytesAtOnce
test('a few requests of a connection are worked on, some wait, and one too many ends it', async () => {
  let running = 0;
  const read = async (): Promise<LentParts> => {
    running++;
    return await deferred<never>().promise;
  };
  const socket = await upgraded(await listen(storeOf(read)));
  const atOnce = LIMITS.bytesAtOnce / DATA_LIMITS.chunkBytes;
  const most = atOnce + LIMITS.waitingRequests;
  for (let id = 0; id < most; id++) socket.write(encodeRequest({ id, ...wanted(1) }));
  await expect.poll(() => running).toBe(atOnce);
  expect(socket.closed).toBe(false);
  socket.write(encodeRequest({ id: most, ...wanted(1) }));
  await cutOff(socket);
  expect(running).toBe(atOnce);
});

// fills CHUNK_LINK_LIMITS.refusals
test('whoever has no right ticket again and again is cut off', async () => {
  let asked = 0;
  const open: TicketReader['open'] = (ticketed) => {
    asked++;
    if (fillOf(ticketed) === 1) throw new HoldfastError('unauthenticated', 'No ticket.');
    return { length: 1, read: async () => [Uint8Array.of(2)] };
  };
  const store = { ...storeOf(async () => []), open };
  const socket = await upgraded(await listen(store));
  socket.resume();
  const ask = async (fill: number): Promise<void> => {
    expect(socket.closed).toBe(false);
    const before = asked;
    socket.write(encodeRequest({ id: before, ...wanted(fill) }));
    await expect.poll(() => asked).toBe(before + 1);
  };
  for (let i = 1; i < LIMITS.refusals; i++) await ask(1);
  // One that opens shows that the others were honest.
  await ask(2);
  for (let i = 0; i < LIMITS.refusals; i++) await ask(1);
  await cutOff(socket);
});

// fills CHUNK_LINK_LIMITS.heldBytes
test('one address holds half of the memory for chunks, and is refused more', async () => {
  let running = 0;
  const read = async (): Promise<LentParts> => {
    running++;
    return await deferred<never>().promise;
  };
  const address = await listen(storeOf(read));
  const most = LIMITS.heldBytes / DATA_LIMITS.chunkBytes / 2;
  for (let i = 0; i < most; i++)
    void dial(address)
      .read(wanted(1))
      .catch(() => {});
  await expect.poll(() => running).toBe(most);
  await expect(dial(address).read(wanted(1))).rejects.toMatchObject({ code: 'overloaded' });
});

// fills CHUNK_LINK_LIMITS.shortChunkBytes
test('a short chunk takes no memory for a whole one, at either end', async () => {
  const length = LIMITS.shortChunkBytes;
  const go = deferred();
  let running = 0;
  const read = async (asked: TicketRead): Promise<LentParts> => {
    running++;
    await go.promise;
    return [new Uint8Array(length).fill(fillOf(asked))];
  };
  const address = await listen(storeOf(read, length));
  const more = LIMITS.heldBytes / DATA_LIMITS.chunkBytes / 2 + 1;
  const reading = Array.from({ length: more }, (_, fill) => dial(address).read(wanted(fill)));
  await expect.poll(() => running).toBe(more);
  go.resolve();
  const contents = (await Promise.all(reading)).map((parts) => joinParts(parts));
  for (const [fill, content] of contents.entries()) {
    expect(content.every((byte) => byte === fill)).toBe(true);
    expect(content.buffer.byteLength).toBe(length);
  }
  expect(made).toBe(0);
});

// fills CHUNK_LINK_LIMITS.connections
test('strangers make room for others, and who has shown a ticket stays', async () => {
  const listener = new ChunkListener({
    name: 'server-1',
    store: storeOf(async () => [Uint8Array.of(1)]),
    limits: { ...LIMITS, connections: 2 },
  });
  const server = createServer((socket) => listener.accept(socket, Buffer.alloc(0)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  owned.defer(() => void server.close());
  const address = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const bare = async (): Promise<Socket> => {
    const socket = connect(Number(new URL(address).port), '127.0.0.1');
    owned.defer(() => void socket.destroy());
    await once(socket, 'data');
    return socket;
  };
  const trusted = await bare();
  trusted.write(encodeRequest({ id: 1, ...wanted(1) }));
  await once(trusted, 'data');
  const stranger = await bare();
  const next = await bare();
  await cutOff(stranger);
  next.write(encodeRequest({ id: 1, ...wanted(1) }));
  await once(next, 'data');
  const refused = connect(Number(new URL(address).port), '127.0.0.1');
  owned.defer(() => void refused.destroy());
  const [answer] = (await once(refused, 'data')) as [Buffer];
  expect(answer.toString()).toContain('503');
  expect([trusted.closed, next.closed]).toEqual([false, false]);
  expect(LIMITS.connections).toBeGreaterThan(2);
});

// fills CHUNK_LINK_LIMITS.idleMs
test('a client that takes nothing of its chunk, or asks for nothing, is cut off', async () => {
  const listener = new ChunkListener({
    name: 'server-1',
    store: storeOf(async () => Array.from({ length: 8 }, () => new Uint8Array(4_194_304))),
    limits: { ...LIMITS, idleMs: 50 },
  });
  const gone: Promise<unknown>[] = [];
  const server = createServer((socket) => {
    gone.push(once(socket, 'close'));
    listener.accept(socket, Buffer.alloc(0));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  owned.defer(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const silent = connect(port, '127.0.0.1');
  const deaf = connect(port, '127.0.0.1');
  owned.defer(() => void [silent.destroy(), deaf.destroy()]);
  deaf.on('error', () => {});
  await once(deaf, 'connect');
  deaf.write(encodeRequest({ id: 1, ...wanted(1) }));
  await expect.poll(() => gone.length).toBe(2);
  await Promise.all(gone);
});

/** Whoever listens there answers a connection with `answer`, and requests with `reply`. */
async function impostor(answer: string, reply?: Uint8Array): Promise<string> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      if (answer !== '') socket.write(answer);
      if (reply) socket.once('data', () => socket.write(reply));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  owned.defer(() => void server.close());
  return `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const GREETING = 'HTTP/1.1 101 Switching Protocols\r\nholdfast-server: server-1\r\n\r\n';

test('a greeting that is none is not waited for', async () => {
  const address = await impostor('HTTP/1.1 200 OK\r\n\r\n');
  await expect(dial(address).ready).rejects.toThrow('it answers');
});

// fills CHUNK_LINK_LIMITS.headBytes
test('a greeting without an end is cut off', async () => {
  const address = await impostor('x'.repeat(LIMITS.headBytes));
  await expect(dial(address).ready).rejects.toThrow('does not speak as agreed');
});

// fills CHUNK_LINK_LIMITS.dialMs
test('a server that says nothing is given up', async () => {
  const address = await impostor('');
  await expect(dial(address, { dialMs: 50 }).ready).rejects.toThrow('does not answer');
});

const hostileReplies: Record<string, Uint8Array> = {
  'of an unknown kind': new Uint8Array(9).fill(9),
  'that nobody asked for': encodeReplyHeader({ kind: 'content', id: 77, length: 1 }),
  'of no bytes': encodeReplyHeader({ kind: 'content', id: 1, length: 0 }),
  'longer than any chunk': encodeReplyHeader({
    kind: 'content',
    id: 1,
    length: DATA_LIMITS.chunkBytes + 1,
  }),
  'that refuses at length': encodeReplyHeader({
    kind: 'error',
    id: 1,
    length: LIMITS.headBytes + 1,
  }),
};

test.for(Object.entries(hostileReplies))('a reply %s ends the connection', async ([, reply]) => {
  const link = dial(await impostor(GREETING, reply));
  await expect(link.read(wanted(1))).rejects.toThrow('does not speak as agreed');
  expect(made).toBe(0);
});

test('an error that cannot be read is an error all the same', async () => {
  const header = encodeReplyHeader({ kind: 'error', id: 1, length: 3 });
  const link = dial(await impostor(GREETING, Uint8Array.of(...header, 1, 2, 3)));
  await expect(link.read(wanted(1))).rejects.toMatchObject({ code: 'internal' });
});
