import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import {
  DATA_LIMITS,
  HoldfastError,
  type ChunkLink,
  type PutReceipt,
  type TicketPut,
  type TicketReader,
  type TicketWriter,
} from '@holdfast/contracts';
import { Disposer, deferred, joinParts, type ByteParts } from '@holdfast/kernel';
import { seededRandom, simulatedClock } from '@holdfast/testkit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CHUNK_PROTOCOL, encodeRequest } from './chunk-wire.ts';
import { createDaemon } from './daemon.ts';
import { dialChunks } from './dial-chunks.ts';
import { GatheredParts } from './gathered-parts.ts';
import { CHUNK_LINK_LIMITS as LIMITS } from './limits.ts';
import { serve } from './serve.ts';

const ticket = { nonce: '0'.repeat(32), proof: '0'.repeat(64) };
const RECEIPT: PutReceipt = { server: 'server-1', generation: 1, position: 7, proof: ticket.proof };

let owned: Disposer;
beforeEach(() => {
  owned = new Disposer();
});
afterEach(() => owned[Symbol.asyncDispose]());

function putOf(fill: number, length: number = DATA_LIMITS.chunkBytes): TicketPut {
  const tickets = [{ server: 'server-1', address: 'ws://server-1', store: '1'.repeat(32), ticket }];
  const hash = String(fill).padStart(64, '0');
  return { file: 'f'.repeat(32), hash, length, tickets } as TicketPut;
}

function contentOf(fill: number, length: number = DATA_LIMITS.chunkBytes): Uint8Array {
  return new Uint8Array(length).fill(fill);
}

/** A store that has done with a chunk when it knows who took it. */
function putBy(
  take: (put: TicketPut, content: ByteParts) => Promise<PutReceipt[]>,
): TicketWriter['put'] {
  return (put, content) => {
    const outcome = take(put, content).then((receipts) => ({ receipts, refused: [] }));
    return { kept: outcome.then(nothing, nothing), outcome };
  };
}

const nothing = (): void => {};
const TAKEN = { receipts: [RECEIPT], refused: [] };

async function listen(store: Partial<TicketWriter & TicketReader>): Promise<string> {
  const daemon = createDaemon({
    ...{ clock: simulatedClock(), random: seededRandom('d') },
    name: 'server-1',
  });
  const open: TicketReader['open'] = () => ({ length: 1, read: async () => [Uint8Array.of(9)] });
  const chunks = { open, admit: () => {}, put: putBy(async () => [RECEIPT]), ...store };
  return owned.use(await serve(daemon, { url: 'ws://127.0.0.1:0', chunks })).url;
}

function dial(address: string): ChunkLink {
  const buffers = { take: () => new Uint8Array(DATA_LIMITS.chunkBytes), give: () => {} };
  const link = dialChunks({ address, server: 'server-1', buffers });
  owned.defer(() => link.close());
  return link;
}

/** A raw connection that was upgraded. */
async function upgraded(address: string): Promise<Socket> {
  const socket = connect(Number(new URL(address).port), '127.0.0.1');
  owned.defer(() => void socket.destroy());
  socket.on('error', () => {});
  socket.write(
    `GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${CHUNK_PROTOCOL}\r\n\r\n`,
  );
  await once(socket, 'data');
  return socket;
}

test('chunks arrive as they were sent, several at once, and the receipts come back', async () => {
  const arrived: number[] = [];
  const put = putBy(async ({ hash, length, tickets }, content) => {
    const whole = joinParts(content);
    const fill = Number(hash);
    expect(whole.length).toBe(length);
    expect(whole.every((byte) => byte === fill)).toBe(true);
    expect(tickets).toEqual(putOf(1).tickets);
    arrived.push(fill);
    return [{ ...RECEIPT, position: fill }];
  });
  const link = dial(await listen({ put }));
  const lengths = [DATA_LIMITS.chunkBytes, 1, 70_000, DATA_LIMITS.chunkBytes];
  const outcomes = await Promise.all(
    lengths.map((length, i) => {
      const half = contentOf(i, length >> 1);
      return link.put(putOf(i, length), [half, contentOf(i, length - half.length)]);
    }),
  );
  expect(outcomes.map(({ receipts: [receipt] }) => receipt?.position)).toEqual([0, 1, 2, 3]);
  expect(arrived.toSorted()).toEqual([0, 1, 2, 3]);
});

test('chunks are put and read over one connection', async () => {
  const link = dial(await listen({}));
  const { file, hash } = putOf(1);
  const [outcome, content] = await Promise.all([
    link.put(putOf(1), [contentOf(1)]),
    link.read({ file, hash, ticket }),
  ]);
  expect(outcome).toEqual(TAKEN);
  expect(joinParts(content)).toEqual(Uint8Array.of(9));
});

test('bytes that nobody admitted are passed over, and the connection goes on', async () => {
  let taken = 0;
  const admit: TicketWriter['admit'] = ({ hash }) => {
    if (Number(hash) === 1) throw new HoldfastError('unauthenticated', 'No ticket.');
  };
  const put = putBy(async () => {
    taken++;
    return [RECEIPT];
  });
  const link = dial(await listen({ admit, put }));
  await expect(link.put(putOf(1), [contentOf(1)])).rejects.toMatchObject({
    code: 'unauthenticated',
  });
  expect(await link.put(putOf(2), [contentOf(2)])).toEqual(TAKEN);
  expect(taken).toBe(1);
});

test('why a store did not take a chunk arrives as the error that it is', async () => {
  const put = putBy(async () => {
    throw new HoldfastError('no-space', 'It is full.');
  });
  const link = dial(await listen({ put }));
  await expect(link.put(putOf(1), [contentOf(1)])).rejects.toMatchObject({ code: 'no-space' });
});

test('what one address has sent and nobody has taken yet is bounded, and free again with its connection', async () => {
  const go = deferred();
  const put = putBy(async () => {
    await go.promise;
    return [RECEIPT];
  });
  const address = await listen({ put });
  const most = LIMITS.heldBytes / DATA_LIMITS.chunkBytes / 2;
  const idle: Socket[] = [];
  for (let i = 0; i < most; i++) {
    const socket = await upgraded(address);
    socket.write(encodeRequest({ id: 1, ...putOf(1) }));
    idle.push(socket);
  }
  const overloaded = async (): Promise<boolean> =>
    await dial(address)
      .put(putOf(2, 1), [contentOf(2, 1)])
      .then(
        () => false,
        (error: unknown) => error instanceof HoldfastError && error.code === 'overloaded',
      );
  await expect.poll(overloaded).toBe(true);
  for (const socket of idle) socket.destroy();
  go.resolve();
  await expect.poll(overloaded).toBe(false);
});

test('a put that nobody waits for any more ends at once, and the connection goes on', async () => {
  const asked = deferred();
  const put = putBy(async ({ hash }) => {
    if (Number(hash) === 1) {
      asked.resolve();
      await deferred<never>().promise;
    }
    return [RECEIPT];
  });
  const link = dial(await listen({ put }));
  const stop = new AbortController();
  const putting = link.put(putOf(1), [contentOf(1)], stop.signal);
  const outcome = putting.catch((error: unknown) => error);
  await asked.promise;
  stop.abort(new HoldfastError('cancelled', 'Enough.'));
  expect(await outcome).toMatchObject({ code: 'cancelled' });
  expect(await link.put(putOf(2), [contentOf(2)])).toEqual(TAKEN);
});

test('a client that dies in the middle of a chunk has put nothing', async () => {
  let taken = 0;
  const put = putBy(async () => {
    taken++;
    return [RECEIPT];
  });
  const address = await listen({ put });
  const socket = await upgraded(address);
  socket.write(encodeRequest({ id: 1, ...putOf(1) }));
  socket.write(contentOf(1, DATA_LIMITS.chunkBytes - 1));
  socket.end();
  await once(socket, 'close');
  await dial(address).put(putOf(2, 1), [contentOf(2, 1)]);
  expect(taken).toBe(1);
});

test('what the servers behind this one do takes no turn on a connection', async () => {
  const go = deferred();
  let kept = 0;
  const put: TicketWriter['put'] = () => {
    kept++;
    return { kept: Promise.resolve(), outcome: go.promise.then(() => TAKEN) };
  };
  const link = dial(await listen({ put }));
  const most = 2 * (LIMITS.bytesAtOnce / DATA_LIMITS.chunkBytes);
  const putting = Array.from({ length: most }, (_, i) => link.put(putOf(i), [contentOf(i)]));
  await expect.poll(() => kept).toBe(most);
  go.resolve();
  expect(await Promise.all(putting)).toHaveLength(most);
});

// fills CHUNK_LINK_LIMITS.gatheredParts
test('a chunk that arrives in very many pieces is joined to a few, and large ones are left as they are', () => {
  const bytes = Uint8Array.from({ length: 10_000 }, (_, i) => i);
  const small = new GatheredParts();
  for (let at = 0; at < bytes.length; at += 3) small.add(bytes.subarray(at, at + 3));
  expect(joinParts(small.all)).toEqual(bytes);
  expect(small.all.length).toBeLessThan(2 * LIMITS.gatheredParts);
  const large = new GatheredParts();
  const piece = new Uint8Array(LIMITS.gatheredPartBytes);
  for (let i = 0; i < 2 * LIMITS.gatheredParts; i++) large.add(piece);
  expect(large.all.every((part) => part === piece)).toBe(true);
});
